// What a link marked data-sheet leads to opens over the list; sent, it leads back to the same place.

{
  const sheet = document.getElementById("sheet");
  let pressed = null;

  const open = async (link) => {
    const response = await fetch(link.href);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const body = page.querySelector("[data-sheet-body]");
    // Signed out meanwhile, or gone: the page itself can say so.
    if (!response.ok || !body) return location.assign(link.href);
    sheet.replaceChildren(body);
    const back = sheet.querySelector("[data-back]");
    const row = link.closest("tbody")?.querySelector("tr[id]");
    if (back) back.value = location.pathname + location.search + (row ? `#${row.id}` : "");
    sheet.showModal();
    const empty = [...sheet.querySelectorAll("input:not([type=hidden]), select")].find((one) => !one.value);
    empty?.focus();
    return undefined;
  };

  // Who marks words and lets go beside the sheet has not pressed beside it.
  document.addEventListener("pointerdown", (event) => (pressed = event.target));

  document.addEventListener("click", (event) => {
    const isBeside = event.target === sheet && pressed === sheet;
    const link = event.target.closest("a[data-sheet]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link).catch(() => location.assign(link.href));
    } else if (sheet.open && (isBeside || event.target.closest("[data-shut]"))) {
      event.preventDefault();
      sheet.close();
    }
  });
}
