// The card number is typed into a field of the provider and goes there alone. We open a payment when
// the button is pressed, the provider's script completes it, and our server asks what became of it.

const form = document.getElementById("checkout");
const button = form.querySelector("button");
const said = document.getElementById("card-error");
const words = button.textContent;

function say(text) {
  said.textContent = text;
  wait(false);
}

function wait(busy) {
  button.disabled = busy;
  button.textContent = busy ? form.dataset.busy : words;
  form.setAttribute("aria-busy", String(busy));
}

if (typeof Stripe === "undefined") {
  say(form.dataset.unloaded);
  button.disabled = true;
} else {
  const stripe = Stripe(form.dataset.key);
  const style = getComputedStyle(document.body);
  const card = stripe.elements().create("card", {
    style: { base: { color: style.color, fontSize: "16px" } },
  });
  card.mount("#card");
  card.on("change", (event) => (said.textContent = event?.error?.message ?? ""));
  wait(false);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!button.disabled) pay(stripe, card);
  });
}

async function pay(stripe, card) {
  wait(true);
  said.textContent = "";
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const begun = await answer.json();
    if (begun.error) return say(begun.error);
    const { error } = await stripe.confirmCardPayment(begun.client_secret, {
      payment_method: { card },
    });
    if (error) return say(error.message ?? form.dataset.failed);
    location.assign(form.dataset.return);
  } catch {
    say(form.dataset.away);
  }
}
