// A press instead of select and copy. Without it, or where it is not allowed, the words are there.

{
  const offer = () => {
    for (const button of document.querySelectorAll("[data-copies][hidden]")) button.hidden = !navigator.clipboard;
    for (const button of document.querySelectorAll("[data-prints][hidden]")) button.hidden = false;
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (event.target.closest("[data-prints]")) print();
    if (!button) return;
    const source = document.getElementById(button.dataset.copies);
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
    const said = button.querySelector("[data-copied]");
    if (!said || said.dataset.usual) return;
    said.dataset.usual = said.textContent;
    said.textContent = said.dataset.copied;
    setTimeout(() => {
      said.textContent = said.dataset.usual;
      delete said.dataset.usual;
    }, 2000);
  });

  document.addEventListener("order:shown", offer);
  offer();
}
