// Finding by keyboard and scanner: suggestions are walked with the arrows while the focus stays in the
// field, and what is entered is added one after the other, however fast a scanner types.
{
  const optionsOf = (field) => [...document.querySelectorAll(`#${field.dataset.found} [role=option]`)];
  const chosenOf = (field) => optionsOf(field).find((option) => option.getAttribute("aria-selected") === "true");

  const choose = (field, option) => {
    for (const one of optionsOf(field)) one.setAttribute("aria-selected", String(one === option));
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };

  const close = (field) => {
    document.getElementById(field.dataset.found)?.replaceChildren();
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };

  const walk = (field, step) => {
    const options = optionsOf(field);
    const here = options.indexOf(chosenOf(field));
    choose(field, options.at((here + step + (here < 0 && step < 0 ? 1 : 0)) % options.length));
  };

  // One request at a time: each is made with the lines of the answer before it.
  const queue = [];
  let busy = false;
  const next = () => {
    const adder = document.getElementById("adder");
    if (busy || !queue.length || !adder) return;
    busy = true;
    adder.value = queue.shift();
    adder.click();
  };
  const add = (field, what) => {
    field.value = "";
    close(field);
    queue.push(what);
    next();
  };

  const fill = (option) => {
    const form = option.closest("form");
    for (const [name, value] of [
      ["name", option.dataset.name],
      ["email", option.dataset.email],
      ["shipping_address", option.dataset.address],
      ["country", option.dataset.country],
    ]) {
      form.elements[name].value = value;
      form.elements[name].dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  // Where the rows are on the page already: one more of it, or the first spare row is its own. The field
  // is left alone: the next scan may be half in it.
  const addRow = (field, option) => {
    const sku = option.value.slice("add:".length);
    // What is on the order already is raised where it stands.
    const line = document.querySelector(`#${field.dataset.into} [data-sku="${CSS.escape(sku)}"] input[type=number]`);
    if (line) {
      line.value = Number(line.value) + 1;
      line.dispatchEvent(new Event("input", { bubbles: true }));
      line.scrollIntoView({ block: "nearest" });
      return;
    }
    const rows = [...document.querySelectorAll(`#${field.dataset.into} tr:has([name^=sku-])`)];
    const skuOf = (row) => row.querySelector("[name^=sku-]");
    const row = rows.find((one) => skuOf(one).value === sku) || rows.find((one) => !skuOf(one).value);
    if (!row) return say(field.dataset.full, { level: "warning" });
    const units = row.querySelector("[name^=units-]");
    units.value = skuOf(row).value === sku ? Number(units.value || 1) + 1 : 1;
    skuOf(row).value = sku;
    row.querySelector("[data-name]").textContent = option.querySelector(".strong").textContent;
    row.removeAttribute("data-spare");
    units.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // The field is free at once for the next scan; what could not be asked for comes back.
  const lookUp = async (field) => {
    const code = field.value.trim();
    field.value = "";
    close(field);
    const found = await fetchPage(`${field.getAttribute("hx-get")}?${new URLSearchParams({ find: code })}`);
    if (!found) return void (field.value ||= code);
    const options = found.page.querySelectorAll("[role=option]");
    if (options.length === 1) return addRow(field, options[0]);
    document.getElementById(field.dataset.found).replaceChildren(...found.page.getElementById("found").childNodes);
    field.setAttribute("aria-expanded", String(options.length > 0));
  };

  const take = (field, option) => {
    field.value = "";
    close(field);
    if (field.dataset.into) addRow(field, option);
    else if (option.hasAttribute("data-choice")) add(field, option.value);
    else fill(option);
  };

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    // Enter would show the whole page again, and take whoever types to its head.
    if (event.key === "Enter" && field.matches?.("#writing input:not([role=combobox])")) return event.preventDefault();
    if (!field.matches?.("[data-finder] [role=combobox]")) return;
    if (event.key === "Enter") {
      event.preventDefault();
      const chosen = chosenOf(field);
      if (chosen) take(field, chosen);
      else if (field.dataset.into && field.value.trim()) lookUp(field);
      else if (optionsOf(field)[0]?.hasAttribute("data-buyer")) take(field, optionsOf(field)[0]);
      else if (field.id === "find" && field.value.trim()) add(field, `find:${field.value.trim()}`);
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && optionsOf(field).length) {
      event.preventDefault();
      walk(field, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      close(field);
    }
  });

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.("[data-finder] :is([role=option], [data-find])");
    if (!pressed) return;
    const field = pressed.closest("[data-finder]").querySelector("[role=combobox]");
    event.preventDefault();
    if (pressed.matches("[role=option]")) take(field, pressed);
    else if (field.value.trim()) add(field, `find:${field.value.trim()}`);
    field.focus();
  });

  // What was looked for while it was typed may arrive after it was added: nobody asks for it any more.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const field = event.detail.requestConfig.elt;
    if (field.matches?.("[data-finder] [role=combobox]") && !field.value.trim()) event.detail.shouldSwap = false;
  });

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.matches?.("[data-finder] [role=combobox]") && !field.value.trim()) close(field);
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const { id, value } = event.target;
    if (id !== "adder") return;
    busy = false;
    if (event.detail.successful) return setTimeout(next);
    // It was not added: it stands in the field again, or is sent with what is entered next.
    const field = document.getElementById("find");
    if (field.value || queue.length) queue.unshift(value);
    else field.value = value.replace(/^(add|find):/, "");
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    for (const field of document.querySelectorAll("[data-finder] [role=combobox]")) {
      field.setAttribute("aria-expanded", String(optionsOf(field).length > 0));
    }
    // What was pressed is gone with the old lines; go on where the next product is typed.
    if (document.activeElement === document.body) document.getElementById("find")?.focus();
  });

  // What was kept of rows that were spare when the server drew them is seen again, and counted.
  addEventListener("load", () => {
    for (const row of document.querySelectorAll("[data-spare]")) {
      if (row.querySelector("[name^=sku-]")?.value) row.removeAttribute("data-spare");
    }
    const kept = document.querySelector("form:has([data-kept]) #added input");
    kept?.dispatchEvent(new Event("input", { bubbles: true }));
    // What was typed while the scripts were on their way is looked for now.
    const field = document.activeElement;
    if (field.matches("[data-finder] [role=combobox]") && field.value.trim()) htmx.trigger(field, "typed");
  });
}
