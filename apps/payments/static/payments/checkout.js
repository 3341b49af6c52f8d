// The card number is typed into a field of the provider and goes there alone. We open a payment when
// the button is pressed, the provider's script completes it, and our server asks what became of it.

const form = document.getElementById("checkout");
const button = form.querySelector("button");
const said = document.getElementById("card-error");

function say(words) {
  said.textContent = words;
  button.disabled = false;
}

if (typeof Stripe === "undefined") {
  say("The card form could not be loaded. Check your connection and load this page again.");
  button.disabled = true;
} else {
  const stripe = Stripe(form.dataset.key);
  const style = getComputedStyle(document.body);
  const card = stripe.elements().create("card", {
    style: { base: { color: style.color, fontSize: "16px" } },
  });
  card.mount("#card");
  card.on("change", (event) => say(event?.error?.message ?? ""));
  button.disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    pay(stripe, card);
  });
}

async function pay(stripe, card) {
  button.disabled = true;
  said.textContent = "";
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const begun = await answer.json();
    if (begun.error) return say(begun.error);
    const { error } = await stripe.confirmCardPayment(begun.client_secret, {
      payment_method: { card },
    });
    if (error) return say(error.message ?? "The payment was not made.");
    location.assign(form.dataset.return);
  } catch {
    say("We could not be reached. Check your connection and try again: you will not pay twice.");
  }
}
