// A pick list at the shelf. A scanner types what it reads and presses Enter, so one field always has the
// focus. What is ticked waits here until the server has it: a warehouse has corners without a network.

// In a block of its own: the scripts of a page share their names.
{
  const form = document.querySelector("form[data-scan]");
  const field = form?.elements.code;
  const WAITING = `ticks ${location.pathname}`;
  let sending = false;

  let waiting = [];
  try {
    waiting = JSON.parse(localStorage.getItem(WAITING)) || [];
  } catch {
    // Without storage a tick lives as long as the page does.
  }

  const keep = (ticks) => {
    waiting = ticks;
    try {
      if (ticks.length) localStorage.setItem(WAITING, JSON.stringify(ticks));
      else localStorage.removeItem(WAITING);
    } catch {
      // As above.
    }
    if (ticks.length && (!sending || ticks.length > 1)) tell(ticks.length);
  };

  // Said where answers are said: nothing moves under the thumb.
  const tell = (count) => {
    const note = document.createElement("p");
    note.className = "notice notice-wait";
    note.textContent = form.dataset.waiting.replace("%s", count);
    document.getElementById("pick-said").replaceChildren(note);
  };

  const show = (html, isGood) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const top = page.getElementById("pick-top");
    if (!top) return location.reload();
    // The region that speaks stays and its words change: that is what a screen reader announces.
    const said = document.getElementById("pick-said");
    const fresh = top.querySelector("#pick-said");
    said.setAttribute("role", fresh.getAttribute("role"));
    said.replaceChildren(...fresh.childNodes);
    document.querySelector(".picking-progress").replaceWith(top.querySelector(".picking-progress"));
    document.getElementById("picks").replaceWith(page.getElementById("picks"));
    navigator.vibrate?.(isGood ? 20 : [90, 60, 90]);
    form.querySelector(".scan").classList.toggle("scan-bad", !isGood);
    const next = document.getElementById("id_tracking_number");
    if (next && !next.closest("[hidden]")) next.focus();
    else field.focus({ preventScroll: true });
  };

  const send = async () => {
    if (sending) return;
    sending = true;
    while (waiting.length) {
      const body = new FormData();
      for (const [name, value] of waiting[0]) body.append(name, value);
      body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      let answer;
      try {
        answer = await fetch(location.pathname, { method: "POST", body, headers: { "HX-Request": "true" } });
      } catch {
        break; // No network here. The tick stays, and so does its key: sent again it counts once.
      }
      if (answer.status >= 500) break;
      if (answer.status === 403 || answer.redirected || answer.headers.has("HX-Redirect")) return location.reload();
      keep(waiting.slice(1));
      show(await answer.text(), answer.ok);
    }
    sending = false;
    keep(waiting);
    if (waiting.length) setTimeout(send, 3000);
  };

  const tick = (values) => {
    const key = crypto.randomUUID?.() || `${Date.now()}-${Math.random()}`.slice(0, 36);
    const ticks = [...waiting, [...values, ["key", key]]];
    keep(ticks);
    send();
  };

  if (form) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const code = field.value.trim();
      field.value = "";
      if (code) tick([["code", code]]);
    });

    document.addEventListener("submit", (event) => {
      if (!event.target.matches("form[data-tick]")) return;
      event.preventDefault();
      tick([["row", event.target.elements.row.value], ["units", event.submitter.value]]);
    });

    // What a scanner types must reach the field, whatever was touched last.
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
      field.focus();
    });

    // A phone would cover half of the list with its keyboard; who has no scanner asks for it.
    const button = form.querySelector("[data-keyboard]");
    if (matchMedia("(pointer: coarse)").matches) {
      field.inputMode = "none";
      button.hidden = false;
      button.addEventListener("click", () => {
        const typing = field.inputMode === "none";
        field.inputMode = typing ? "text" : "none";
        button.setAttribute("aria-pressed", String(typing));
        field.blur();
        field.focus();
      });
    }

    addEventListener("online", send);
    if (form.hasAttribute("data-complete")) document.getElementById("id_tracking_number")?.focus();
    else field.focus({ preventScroll: true });
    send();
  }
}
