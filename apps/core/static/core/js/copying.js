// A press instead of select and copy. Without it, or where it is not allowed, the field is there.

for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) break;
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).value);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = words), 2000);
  });
}
