// Lists a little quicker: a choice narrows at once, unless others stand beside it in a menu; one tick ticks all.

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-narrowing]");
  if (form && event.target.matches("select:not(.menu-panel *)")) form.requestSubmit();
});

for (const form of document.querySelectorAll("form[data-ticked]")) {
  const all = form.querySelector("[data-tick-all]");
  if (!all) continue;
  const ticks = [...form.querySelectorAll("tbody input[type=checkbox]")];
  const buttons = [...form.querySelectorAll(".ticked button")];
  const count = () => {
    const ticked = ticks.filter((one) => one.checked).length;
    all.checked = ticked === ticks.length;
    all.indeterminate = ticked > 0 && !all.checked;
    for (const button of buttons) button.disabled = !ticked;
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const one of ticks) one.checked = all.checked;
  });
  form.addEventListener("change", count);
  addEventListener("pageshow", count);
}
