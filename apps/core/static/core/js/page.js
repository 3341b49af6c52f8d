// What every page does a little better with JavaScript. Nothing here is needed.

// Toasts. The region is there before its words: only then do screen readers say what comes.
const region = document.getElementById("toasts");

const arm = (toast) => {
  toast.querySelector(".toast-close").hidden = false;
  const stays = toast.matches(".toast-error, .toast-warning") || toast.querySelector("a, form");
  if (!stays) setTimeout(() => toast.remove(), 8000);
};

const say = (text, { level, link = "" }) => {
  const toast = document.getElementById("toast-bad").content.firstElementChild.cloneNode(true);
  toast.classList.add(`toast-${level}`);
  toast.querySelector("p").textContent = text;
  toast.querySelector("p").after(link);
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
}

// What went wrong with a request is said, and the page stays as it is. 503 is a server that is away.
const complain = (status = 503) => {
  const { forbidden, gone, busy, broken, away } = region.dataset;
  say({ 403: forbidden, 404: gone, 429: busy, 503: away }[status] ?? broken, { level: "error" });
};

// Whether an answer is that of the sign-in page: somebody was signed out meanwhile. Their work stays here
// while they sign in beside it.
const isSignedOut = (address) => {
  if (!address || new URL(address).pathname !== region.dataset.login) return false;
  const link = document.createElement("a");
  link.href = region.dataset.login;
  link.target = "_blank";
  link.textContent = region.dataset.signIn;
  say(region.dataset.signedOut, { level: "warning", link });
  return true;
};

// Fetch a page, or the same page with a refusal. For anything else: say why, and return nothing.
const fetchPage = async (address, options) => {
  try {
    const answer = await fetch(address, options);
    if (isSignedOut(answer.url)) return null;
    if (![200, 409, 422].includes(answer.status)) return complain(answer.status);
    return { answer, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
  } catch {
    return complain();
  }
};

document.addEventListener("htmx:sendError", () => complain());
document.addEventListener("htmx:timeout", () => complain());
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => complain(xhr.status));
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (requestConfig.path.startsWith(region.dataset.login)) return;
  if (isSignedOut(xhr.responseURL)) event.preventDefault();
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

// After a refusal one is where it is about: at its reason, or at the first field that is wrong.
const lookAt = (wrong) => {
  if (!wrong) return;
  if (wrong.role === "alert") wrong.tabIndex = -1;
  wrong.focus();
  wrong.scrollIntoView({ block: "center" });
};

lookAt(document.querySelector("main form[method=post] :is([aria-invalid=true], .notice[role=alert])"));

// A form that is on its way cannot be sent a second time. Coming back to it makes it usable again, and so
// does a while: somebody may have stopped it. A field may be called "method", so the form is not asked for its own.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[method=post]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 10000);
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
