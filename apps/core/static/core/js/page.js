// What every page does a little better with JavaScript. Nothing here is needed.

// Toasts. The region is there before its words: only then do screen readers say what comes.
const region = document.getElementById("toasts");

const arm = (toast) => {
  toast.querySelector(".toast-close").hidden = false;
  const stays = toast.matches(".toast-error, .toast-warning") || toast.querySelector("a, form");
  if (!stays) setTimeout(() => toast.remove(), 8000);
};

const say = (text, { level = "success", undo = "", link = null } = {}) => {
  const shape = document.getElementById(level === "error" || level === "warning" ? "toast-bad" : "toast-good");
  const toast = shape.content.firstElementChild.cloneNode(true);
  toast.classList.add(`toast-${level}`);
  toast.querySelector("p").textContent = text;
  if (undo) toast.querySelector("form").action = undo;
  else toast.querySelector("form").remove();
  if (link) toast.querySelector("p").after(link);
  for (const old of region.children) {
    if (old.querySelector("p").textContent === text) old.remove();
  }
  region.append(toast);
};

if (region) {
  const first = [...region.children];
  region.replaceChildren();
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach((node) => node.matches?.(".toast") && arm(node));
  }).observe(region, { childList: true });
  setTimeout(() => region.prepend(...first), 100);
  region.addEventListener("click", (event) => event.target.closest(".toast-close")?.parentElement.remove());
  // An answer to htmx may bring one: HX-Trigger: {"toast": {"text": "Saved.", "level": "success"}}.
  document.addEventListener("toast", (event) => say(event.detail.text, event.detail));
}

// What went wrong with a request of htmx is said, and the page stays as it is.
const signIn = () => {
  const link = document.createElement("a");
  link.href = region.dataset.login;
  link.target = "_blank";
  link.textContent = region.dataset.signIn;
  return link;
};

document.addEventListener("htmx:sendError", () => say(region.dataset.away, { level: "error" }));
document.addEventListener("htmx:timeout", () => say(region.dataset.away, { level: "error" }));
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  const { forbidden, gone, busy, broken } = region.dataset;
  const words = { 403: forbidden, 404: gone, 429: busy, 503: region.dataset.away }[xhr.status] ?? broken;
  say(words, { level: "error" });
});
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (!region || !xhr.responseURL) return;
  const { pathname } = new URL(xhr.responseURL);
  if (pathname !== region.dataset.login || requestConfig.path.startsWith(region.dataset.login)) return;
  // Somebody was signed out meanwhile: their work stays here while they sign in beside it.
  event.preventDefault();
  say(region.dataset.signedOut, { level: "warning", link: signIn() });
});

// Who signed in again in another tab has a new token, and a page from before sends that one.
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

document.addEventListener(
  "submit",
  (event) => {
    const field = event.target.querySelector("input[name=csrfmiddlewaretoken]");
    if (field && token()) field.value = token();
  },
  true,
);
document.addEventListener("htmx:configRequest", ({ detail: { parameters } }) => {
  if (parameters.csrfmiddlewaretoken && token()) parameters.csrfmiddlewaretoken = token();
});

// A request that somebody waits for draws a line, if it takes longer than a blink.
let waiting = 0;
let line = null;

const wait = (change) => {
  waiting = Math.max(0, waiting + change);
  if (waiting && !line) {
    line = Object.assign(document.createElement("div"), { className: "waiting", hidden: true });
    const shown = line;
    setTimeout(() => (shown.hidden = false), 250);
    document.body.append(line);
  } else if (!waiting && line) {
    line.remove();
    line = null;
  }
};

document.addEventListener("htmx:beforeSend", ({ detail: { xhr, requestConfig } }) => {
  if (!requestConfig.triggeringEvent) return; // The page asks for news: nobody waits.
  wait(1);
  xhr.addEventListener("loadend", () => wait(-1));
});

// What is open closes by a click beside it, and by Escape.
const close = (except) => {
  for (const open of document.querySelectorAll("details[data-closes][open]")) {
    if (!open.contains(except)) open.open = false;
  }
};

document.addEventListener("click", (event) => close(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-closes][open]");
  close(null);
  open?.querySelector("summary").focus();
});

// On a phone the tabs are wider than the screen; show where one is.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const tabs = tab.parentElement;
  tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.clientWidth) / 2;
}

// A form that is on its way cannot be sent a second time. Coming back to it makes it usable again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// To leave a page with unsaved work, one has to mean it.
for (const form of document.querySelectorAll("form[data-guarded]")) {
  let changed = false;
  form.addEventListener("input", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}

// A picture whose link has run out, or whose store is away, leaves an empty frame, not a broken one.
document.addEventListener(
  "error",
  (event) => {
    if (event.target.matches?.("img[data-optional]")) event.target.remove();
  },
  true,
);

for (const image of document.querySelectorAll("img[data-optional]")) {
  if (image.complete && !image.naturalWidth) image.remove();
}
