// The grid of variants with the keyboard: the arrows go from row to row, Ctrl+Enter adds one.

{
  const INPUTS = "td input:not([type=hidden])";
  const STEPS = { ArrowDown: 1, ArrowUp: -1 };
  let adding = false;

  const showKeys = () => {
    for (const hint of document.querySelectorAll("[data-keys]")) hint.hidden = false;
  };

  document.addEventListener("keydown", (event) => {
    const grid = event.target.closest("[data-grid]");
    if (!grid) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      document.querySelector("[data-add-row]")?.click();
    }
    const step = STEPS[event.key];
    if (!step || event.altKey) return;
    // In a number the arrow would change the price.
    event.preventDefault();
    const row = event.target.closest("tr");
    const rows = [...grid.tBodies[0].rows];
    const column = [...row.querySelectorAll(INPUTS)].indexOf(event.target);
    rows[rows.indexOf(row) + step]?.querySelectorAll(INPUTS)[column]?.focus();
  });

  // What was added is what one wants to write in.
  document.addEventListener("htmx:beforeRequest", (event) => {
    adding = event.target.matches("[data-add-row]");
  });
  document.addEventListener("htmx:afterSettle", () => {
    showKeys();
    if (adding) document.querySelector(`[data-grid] tbody tr:last-child ${INPUTS}`)?.focus();
    adding = false;
  });
  showKeys();
}
