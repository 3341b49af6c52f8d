// A product's image: ask our server for a link, PUT the bytes at the store, tell our server.

const ask = async (form, address, fields = {}) => {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  if (response.redirected) throw new Error(region.dataset.signedOut);
  const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
  if (!response.ok) throw new Error(answer.problem || form.dataset.odd);
  return answer;
};

const put = (link, file, away, tell) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", link);
    request.setRequestHeader("Content-Type", file.type);
    request.upload.onprogress = (event) => tell((100 * event.loaded) / event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Error(away)));
    request.onerror = () => reject(new Error(away));
    request.send(file);
  });

const upload = async (form, file) => {
  const progress = form.querySelector("progress");
  const problem = form.querySelector("[data-problem]");
  const input = form.querySelector("input[type=file]");
  const told = form.querySelector("[data-told]");
  const words = form.dataset;
  problem.textContent = "";
  progress.value = 0;
  progress.hidden = false;
  input.disabled = true;
  try {
    const started = await ask(form, form.action, { name: file.name, content_type: file.type, size: file.size });
    let said = 0;
    await put(started.link, file, words.away, (percent) => {
      progress.value = percent;
      // Every quarter is often enough to be told.
      if (percent >= said + 25) told.textContent = words.percent.replace("%s", (said = Math.floor(percent)));
    });
    await ask(form, `${form.action}${started.file}/`);
    await htmx.ajax("GET", location.href, { target: "#image", select: "#image", swap: "outerHTML" });
  } catch (error) {
    problem.textContent = error instanceof TypeError ? words.offline : error.message;
    input.disabled = false;
    input.value = "";
    progress.hidden = true;
  }
};

const prepare = () => {
  for (const form of document.querySelectorAll("form[data-upload]")) form.hidden = false;
};

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-upload]");
  if (form && event.target.files?.[0]) upload(form, event.target.files[0]);
});

// An image may be dropped anywhere on its card.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const card = event.target.closest?.("[data-drop]");
    const form = card?.querySelector("form[data-upload]");
    if (!form) return;
    event.preventDefault();
    card.classList.toggle("dropping", kind === "dragover");
    const file = kind === "drop" && event.dataTransfer.files[0];
    if (file && !form.querySelector("input[type=file]").disabled) upload(form, file);
  });
}

document.addEventListener("htmx:afterSettle", prepare);
prepare();
