// The list of orders: "all that match" counts too, and the link to save a view opens the form.

const matching = document.querySelector("#all-matching");
const count = document.querySelector(".bulk-count");

const tell = () => {
  if (matching && count) count.hidden = matching.checked;
};
matching?.addEventListener("change", tell);
addEventListener("pageshow", tell);

const unfold = () => {
  const folded = location.hash === "#save-view" && document.querySelector("#save-view");
  if (!folded) return;
  folded.open = true;
  folded.querySelector("input[name=name]").focus();
};
addEventListener("hashchange", unfold);
unfold();
