// The page of an order shows what becomes of it: what somebody does here without leaving it, and what
// others do within seconds. What is being typed is never replaced. Without this, all of it works by reload.

{
  const root = document.getElementById("order");
  const toasts = document.getElementById("toasts");
  const OFTEN = 5000;
  const WAITING = 2000;
  const SELDOM = 20000;
  const RESTS_AFTER = 120000;

  const parts = () => [...root.querySelectorAll("[data-part]")];
  const hidden = (part) => [...part.querySelectorAll("input[type=hidden]")];

  // What a part says, without what is new each time it is drawn.
  const words = (part) => {
    const copy = part.cloneNode(true);
    for (const one of copy.querySelectorAll("input[type=hidden], [data-kept]")) one.remove();
    for (const one of copy.querySelectorAll("img")) one.removeAttribute("src");
    for (const one of copy.querySelectorAll("details")) one.removeAttribute("open");
    for (const one of copy.querySelectorAll("[data-copies], [data-prints]")) one.removeAttribute("hidden");
    return copy.innerHTML.replace(/\s+/g, " ");
  };

  const isTyped = (field) => {
    if (field.type === "hidden" || field.readOnly) return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) {
      const first = [...field.options].findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(first, 0);
    }
    return "defaultValue" in field && field.value !== field.defaultValue;
  };

  const isBusy = (part) => [...part.querySelectorAll("input, select, textarea")].some(isTyped);

  const swap = (part, fresh, { keepsOpen }) => {
    const open = keepsOpen ? [...part.querySelectorAll("details[open][id]")].map((one) => one.id) : [];
    const focus = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.replaceWith(fresh);
    globalThis.htmx?.process(fresh);
    for (const id of open) {
      const box = document.getElementById(id);
      if (box) box.open = true;
    }
    if (focus) document.getElementById(focus)?.focus();
  };

  // Take over from a newer page all that is new. Returns whether something was, and whether something waits.
  const merge = (page, sent = null) => {
    let changed = false;
    let waits = false;
    for (const part of parts()) {
      const fresh = page.getElementById(part.id);
      if (!fresh) continue;
      const same = words(part) === words(fresh);
      if (part !== sent && isBusy(part)) {
        waits ||= !same;
      } else if (same && part !== sent) {
        const theirs = hidden(fresh);
        hidden(part).forEach((input, index) => (input.value = theirs[index]?.value ?? input.value));
      } else {
        swap(part, fresh, { keepsOpen: part !== sent });
        changed = true;
      }
    }
    root.dataset.seen = page.getElementById("order").dataset.seen;
    toasts?.append(...page.querySelectorAll("#toasts > .toast"));
    document.dispatchEvent(new CustomEvent("order:shown"));
    return { changed, waits };
  };

  const warn = () => {
    const place = document.getElementById("order-changed");
    if (!place.firstChild) place.append(document.getElementById("order-changed-words").content.cloneNode(true));
  };

  // Deeds.
  const lookAtWhatIsWrong = (part) =>
    lookAt(part.querySelector("[aria-invalid=true], [role=alert]") || document.querySelector("#order-refusal [role=alert]"));

  // What had the focus is gone with the old part: go on in the same form, or where it was.
  const goOn = (part, door) => {
    if (document.activeElement !== document.body) return;
    const fields = [...part.querySelectorAll("input:not([type=hidden]), textarea")];
    const next = fields.find((one) => one.form?.action === door) || part.querySelector("h2") || part;
    if (next.tabIndex < 0) next.tabIndex = -1;
    next.focus({ preventScroll: true });
  };

  let sending = 0;

  const send = async (form, button) => {
    const body = new URLSearchParams(new FormData(form));
    if (button?.name) body.append(button.name, button.value);
    const door = button?.hasAttribute("formaction") ? button.formAction : form.action;
    const told = await fetchPage(door, { method: "POST", body, headers: { Accept: "text/html" } });
    const done = Boolean(told?.page.querySelector("#toasts > .toast-success"));
    document.dispatchEvent(new CustomEvent("kept:settle", { detail: { done } }));
    if (!told) return;
    const { answer, page } = told;
    if (!page.getElementById("order")) return location.assign(answer.url);
    const part = form.closest("[data-part]");
    const id = part?.id;
    const { action } = form;
    merge(page, part);
    form.closest(".toast")?.remove();
    if (id && answer.status !== 200) lookAtWhatIsWrong(document.getElementById(id));
    else if (id) goOn(document.getElementById(id), action);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const { pathname } = new URL(form.action);
    if (event.defaultPrevented || !form.matches("[method=post]") || "away" in form.dataset) return;
    if (!pathname.startsWith(root.dataset.page) || !toasts) return;
    event.preventDefault();
    sending += 1;
    await send(form, event.submitter).finally(() => {
      sending -= 1;
      delete form.dataset.sent;
    });
  });

  // News.
  let timer = 0;
  let isAway = false;
  let touched = Date.now();

  const wait = () => {
    clearTimeout(timer);
    const pace = root.querySelector("[data-waits]") ? WAITING : OFTEN;
    timer = setTimeout(() => ask(), isAway || Date.now() - touched > RESTS_AFTER ? SELDOM : pace);
  };

  const news = async () => {
    const seen = encodeURIComponent(root.dataset.seen);
    const answer = await fetch(`${root.dataset.live}?seen=${seen}`, { redirect: "error", cache: "no-store" });
    if (answer.status === 204) return true;
    if (answer.status >= 500) throw new Error(answer.status);
    if (answer.status !== 200) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (sending) return true;
    const { changed, waits } = merge(page);
    const said = document.getElementById("order-said");
    // What stood there is not said again, so it goes first.
    if (changed) said.textContent = "";
    if (changed) setTimeout(() => (said.textContent = said.dataset.words), 100);
    if (waits) warn();
    return true;
  };

  const ask = async () => {
    if (document.hidden || sending) return document.hidden ? undefined : wait();
    // A server that is away comes back: it is asked on, but seldom. An order that is gone does not.
    const goesOn = await news().catch(() => null);
    isAway = goesOn === null;
    if (goesOn !== false) wait();
  };

  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => (touched = Date.now()), { passive: true });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    touched = Date.now();
    if (!document.hidden) ask();
  });

  // A refused form that was sent without us left the address of its door: a reload shall show the order.
  if (location.pathname !== root.dataset.page) history.replaceState(null, "", root.dataset.page);

  const reveal = () => {
    const box = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!box || !box.matches("details")) return;
    box.open = true;
    box.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  };
  addEventListener("hashchange", reveal);
  reveal();
  wait();
}
