// A product's image: ask our server for a link, PUT the bytes at the store, tell our server.

const AWAY = "The file service cannot be reached. The product is safe; try the image again later.";

const ask = async (form, address, fields = {}) => {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
  if (!response.ok) throw new Error(answer.problem || "That did not work. Reload the page and try again.");
  return answer;
};

const put = (link, file, tell) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", link);
    request.setRequestHeader("Content-Type", file.type);
    request.upload.onprogress = (event) => tell((100 * event.loaded) / event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Error(AWAY)));
    request.onerror = () => reject(new Error(AWAY));
    request.send(file);
  });

const upload = async (form, file) => {
  const progress = form.querySelector("progress");
  const problem = form.querySelector("[data-problem]");
  const input = form.querySelector("input[type=file]");
  problem.textContent = "";
  progress.value = 0;
  progress.hidden = false;
  input.disabled = true;
  try {
    const started = await ask(form, form.action, { name: file.name, content_type: file.type, size: file.size });
    await put(started.link, file, (percent) => (progress.value = percent));
    await ask(form, `${form.action}${started.file}/`);
    await htmx.ajax("GET", location.href, { target: "#image", select: "#image", swap: "outerHTML" });
  } catch (error) {
    problem.textContent = error instanceof TypeError ? "The server cannot be reached. Try again." : error.message;
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
document.addEventListener("htmx:afterSettle", prepare);
prepare();
