// A file to import goes straight to the store, with progress. Without this the form sends it to us.

const form = document.querySelector("form[data-import]");
const input = form.querySelector("input[type=file]");
const progress = form.querySelector("progress");
const problem = form.querySelector("[data-problem]");
const button = form.querySelector("button");

const ask = async (address, fields = {}) => {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  if (response.redirected) throw new Error(region.dataset.signedOut);
  const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
  if (!response.ok) throw new Error(answer.problem || form.dataset.lost);
  return answer;
};

const put = (link, file) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", link);
    request.setRequestHeader("Content-Type", "text/csv");
    request.upload.onprogress = (event) => (progress.value = (100 * event.loaded) / event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Error(form.dataset.away)));
    request.onerror = () => reject(new Error(form.dataset.away));
    request.send(file);
  });

form.addEventListener("submit", async (event) => {
  const file = input.files[0];
  if (!file) return;
  event.preventDefault();
  problem.textContent = "";
  if (file.size > 100 * 1024 * 1024) {
    problem.textContent = form.dataset.large;
    return;
  }
  progress.hidden = false;
  button.disabled = true;
  try {
    const started = await ask(form.dataset.import, {
      what: form.elements.what.value,
      name: file.name,
      size: file.size,
    });
    await put(started.link, file);
    location.href = (await ask(`../${started.import}/upload/`)).next;
  } catch (error) {
    problem.textContent = error instanceof TypeError ? form.dataset.lost : error.message;
    progress.hidden = true;
    button.disabled = false;
  }
});

form.addEventListener("dragover", (event) => {
  event.preventDefault();
  form.classList.add("over");
});
form.addEventListener("dragleave", () => form.classList.remove("over"));
form.addEventListener("drop", (event) => {
  event.preventDefault();
  form.classList.remove("over");
  input.files = event.dataTransfer.files;
});
