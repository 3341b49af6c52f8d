// What every page does a little better with JavaScript. Nothing here is needed.

for (const toast of document.querySelectorAll(".toast")) {
  const button = toast.querySelector(".toast-close");
  button.hidden = false;
  button.addEventListener("click", () => toast.remove());
  if (toast.matches(".toast-success, .toast-info")) setTimeout(() => toast.remove(), 8000);
}

// Screen readers announce what appears in a live region, not what was in it from the start.
for (const text of document.querySelectorAll(".toast p")) {
  const words = text.textContent;
  text.textContent = "";
  setTimeout(() => (text.textContent = words), 100);
}

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details[data-closes][open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details[data-closes][open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

// On a phone the tabs are wider than the screen; show where one is.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const tabs = tab.parentElement;
  tabs.scrollLeft = tab.offsetLeft - (tabs.clientWidth - tab.clientWidth) / 2;
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

// A picture whose link has run out, or whose store is away, leaves an empty frame, not a broken one.
document.addEventListener(
  "error",
  (event) => {
    if (event.target.matches?.("img[data-optional]")) event.target.remove();
  },
  true,
);

// To leave a page with unsaved work, one has to mean it.
for (const form of document.querySelectorAll("form[data-guarded]")) {
  let changed = false;
  form.addEventListener("input", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}

for (const image of document.querySelectorAll("img[data-optional]")) {
  if (image.complete && !image.naturalWidth) image.remove();
}
