// What is typed into a form with `data-keep` outlives a session that ended, a server that was away and
// a reload: it is kept in this tab until a page says that it was done.

{
  const NAME = "kept ";
  const DAY = 24 * 60 * 60 * 1000;
  const UNKEPT = new Set(["csrfmiddlewaretoken", "version"]);

  // The value of `data-keep` says whose it is: what one person typed is not shown to the next.
  const nameOf = (form) =>
    `${NAME}${form.dataset.keep} ${new URL(form.action, location.href).pathname} ${form.id}`;

  const read = (name) => {
    try {
      return JSON.parse(sessionStorage.getItem(name));
    } catch {
      return null;
    }
  };

  const write = (name, kept) => {
    try {
      sessionStorage.setItem(name, JSON.stringify(kept));
    } catch {
      // No room, or no storage at all: then the form is what it would be without us.
    }
  };

  const namesKept = () => Object.keys(sessionStorage).filter((name) => name.startsWith(NAME));

  const isKept = (field) =>
    field.name && !UNKEPT.has(field.name) && !["password", "file", "submit", "button"].includes(field.type);

  const valuesOf = (form) =>
    [...form.elements]
      .filter((field) => isKept(field) && (!["checkbox", "radio"].includes(field.type) || field.checked))
      .flatMap((field) =>
        field.type === "select-multiple"
          ? [...field.selectedOptions].map((option) => [field.name, option.value])
          : [[field.name, field.value]],
      );

  const keep = (form) => write(nameOf(form), { values: valuesOf(form), at: Date.now(), sent: false });

  // Put a value back into its field. Hidden ones are the server's, but for the key that makes a form once.
  const fill = (field, values) => {
    if (["checkbox", "radio"].includes(field.type)) {
      const checked = values.includes(field.value);
      if (field.checked === checked) return false;
      field.checked = checked;
      return true;
    }
    if (!values.length || (field.type === "hidden" && field.name !== "key")) return false;
    const value = values.shift();
    if (field.value === value) return false;
    const former = field.value;
    field.value = value;
    if (field.value !== value) field.value = former; // A choice that is gone.
    return field.type !== "hidden" && field.value !== former;
  };

  const tell = (form) => {
    for (let box = form.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    const words = document.getElementById("kept-words");
    if (!words || form.querySelector("[data-kept]")) return;
    const notice = words.content.firstElementChild.cloneNode(true);
    const said = notice.querySelector("p");
    said.querySelector("button").addEventListener("click", () => {
      sessionStorage.removeItem(nameOf(form));
      form.reset();
      notice.remove();
      if (form.dataset.keepThrough) location.assign(form.action);
    });
    // Words that come into a region are said; those that came with it are not.
    said.remove();
    form.prepend(notice);
    setTimeout(() => notice.append(said), 100);
  };

  // Rows that a form grew while it was typed are drawn by the server: it is shown what was typed.
  const redraw = async (form, kept) => {
    const body = new FormData();
    for (const [name, value] of kept.values) body.append(name, value);
    body.set("do", form.dataset.keepThrough);
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    const answer = await fetch(form.action, { method: "POST", body, redirect: "error" });
    if (answer.status !== 200 && answer.status !== 422) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(form.id);
    if (!fresh) return;
    form.replaceWith(fresh);
    globalThis.htmx?.process(fresh);
    write(nameOf(fresh), kept);
    tell(fresh);
  };

  const restore = (form) => {
    const kept = read(nameOf(form));
    if (!kept) return;
    if (Date.now() - kept.at > DAY) {
      sessionStorage.removeItem(nameOf(form));
      return;
    }
    if (form.dataset.keepThrough) {
      if (JSON.stringify(kept.values) !== JSON.stringify(valuesOf(form))) redraw(form, kept).catch(() => {});
      return;
    }
    const values = new Map(kept.values.map(([name]) => [name, []]));
    for (const [name, value] of kept.values) values.get(name).push(value);
    const changed = [...form.elements]
      .filter(isKept)
      .map((field) => fill(field, values.get(field.name) || []))
      .includes(true);
    if (changed) tell(form);
  };

  const isDone = () => document.querySelector(".toast-success") !== null;

  // What was sent is done when a page says so. Any other answer, and it is as good as never sent.
  const settle = (done) => {
    for (const name of namesKept()) {
      const kept = read(name);
      if (kept?.sent && done) sessionStorage.removeItem(name);
      else if (kept?.sent) write(name, { ...kept, sent: false });
    }
  };

  settle(isDone());
  for (const form of document.querySelectorAll("form[data-keep]")) restore(form);
  // A script that sends forms itself tells what came of it.
  document.addEventListener("kept:settle", (event) => settle(event.detail.done));

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.dataset.keep) keep(form);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.keep && !event.defaultPrevented) {
      const kept = read(nameOf(form));
      if (kept) write(nameOf(form), { ...kept, values: valuesOf(form), sent: true });
    }
    if (form.hasAttribute("data-forgets")) for (const name of namesKept()) sessionStorage.removeItem(name);
  });

  // A form that htmx sends is done when its answer is there; its rows may have grown with any other answer.
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (form.matches?.("form[data-keep]") && event.detail.successful) sessionStorage.removeItem(nameOf(form));
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const form = event.target.closest?.("form[data-keep]");
    if (form && read(nameOf(form))) keep(form);
  });

  // Back to a page that the browser kept as it was: what was typed is in it.
  addEventListener("pageshow", (event) => {
    if (event.persisted) settle(isDone());
  });
}
