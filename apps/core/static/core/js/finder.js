// Finding products for an order with the keyboard: Enter adds, the arrows walk through what was found.

document.addEventListener("keydown", (event) => {
  const finder = event.target.closest("#finder");
  if (!finder) return;
  const stops = [finder.querySelector("#find"), ...finder.querySelectorAll(".found-choice")];
  const here = stops.indexOf(event.target);
  if (here < 0) return;
  if (event.key === "Enter" && here === 0) {
    event.preventDefault();
    finder.querySelector("button[value=find]").click();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    stops.at((here + (event.key === "ArrowDown" ? 1 : -1)) % stops.length).focus();
  } else if (event.key === "Escape") {
    stops[0].focus();
    finder.querySelector("#found").replaceChildren();
  }
});

// What was pressed is gone with the old lines; go on where the next product is typed.
document.addEventListener("htmx:afterSettle", () => {
  if (document.activeElement === document.body) document.getElementById("find")?.focus();
});
