// Pages work without this; it shows times in the reader's zone and spares a click here and there.
(() => {
  "use strict";

  const form = new Intl.DateTimeFormat(undefined, {
    year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit",
  });

  function tellTimes(root) {
    for (const each of root.querySelectorAll("time[datetime]")) {
      if (each.title) continue;
      const at = new Date(each.dateTime);
      if (Number.isNaN(at.valueOf())) continue;
      each.title = each.textContent;
      each.textContent = form.format(at);
    }
  }

  // A tick at the head of a column ticks the column: <input type="checkbox" data-ticks="retire">.
  function tickAll(event) {
    const name = event.target.dataset && event.target.dataset.ticks;
    if (!name) return;
    for (const each of document.querySelectorAll(`input[type=checkbox][name="${CSS.escape(name)}"]`)) {
      each.checked = event.target.checked;
    }
  }

  // A choice that is at work at once: <select data-sends>. Whoever chooses with the keys passes other choices on the way
  // to theirs: they send it with the form's button.
  let keyed = null;
  function sendAtOnce(event) {
    if (event.target === keyed) return;
    if (event.target.dataset && "sends" in event.target.dataset) event.target.form.requestSubmit();
  }

  // Only one menu is open, and Escape closes it.
  function closeMenus(event) {
    for (const each of document.querySelectorAll("details.switch[open]")) {
      if (event.type === "keydown" ? event.key === "Escape" : !each.contains(event.target)) each.open = false;
    }
  }

  // A file that is dropped on a field's label is the field's: <label class="drop"><input type="file"></label>.
  function dropped(event) {
    const place = event.target.closest && event.target.closest(".drop");
    if (!place) return;
    event.preventDefault();
    place.classList.toggle("over", event.type === "dragover");
    if (event.type !== "drop" || !event.dataTransfer.files.length) return;
    const field = place.querySelector("input[type=file]");
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // What must be typed before a button may be pressed: <input data-unlocks="ID" data-expects="12">.
  // The server looks at what was typed as well; this only keeps a hand from slipping.
  function unlock(field) {
    const told = field.dataset;
    if (!told || !told.unlocks) return;
    document.getElementById(told.unlocks).disabled = field.value.trim() !== told.expects;
  }

  function begin(root) {
    tellTimes(root);
    root.querySelectorAll("[data-unlocks]").forEach(unlock);
  }

  // What was refused is where one goes on from: with the keys, and for who is read to.
  function beginAtRefusal() {
    const told = document.querySelector("main .notice.bad[role=alert]:not([hidden])");
    if (!told || location.hash || document.querySelector("[autofocus]")) return;
    told.tabIndex = -1;
    told.focus();
  }

  // A choice beside a radio button marks it: <select data-checks="ID">.
  function markBeside(event) {
    const name = event.target.dataset && event.target.dataset.checks;
    if (name) document.getElementById(name).checked = true;
  }

  // What takes the place of the page's content: another page of ours, as it was answered.
  function showMain(text) {
    const main = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    if (!main) return false;
    document.querySelector("main").replaceWith(main);
    tellTimes(main);
    const first = main.querySelector("[role=alert]") || main;
    first.tabIndex = -1;
    first.focus();
    return true;
  }

  // Whoever sends a form of some time ago may be signed out meanwhile: what they typed stays, until they are in again.
  const FRESH = 60000;
  function keepTyped(event) {
    const form = event.target;
    if (!form.closest("main") || !form.elements.csrf || performance.now() < FRESH || "known" in form.dataset) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const send = () => {
      form.dataset.known = "";
      form.requestSubmit(event.submitter);
      delete form.dataset.known;
    };
    fetch("/api/v1/session").then(async (answer) => {
      if (answer.status === 401) askToSignIn(form);
      else {
        if (answer.ok) renewProofs((await answer.json()).csrf);
        send();
      }
    }, send);
  }

  function askToSignIn(form) {
    form.querySelector("[data-ended]")?.remove();
    const told = document.createElement("p");
    told.className = "notice bad";
    told.setAttribute("role", "alert");
    told.dataset.ended = "";
    const link = Object.assign(document.createElement("a"), { href: "/sign-in", target: "_blank", textContent: "Sign in in another tab" });
    told.append("Your session has ended. Nothing was sent, and what you typed is still here. ", link, ", then come back and send it once more.");
    form.prepend(told);
    link.focus();
  }

  // The proofs of this page's forms, for the session that there is by now.
  function renewProofs(proof) {
    for (const each of document.querySelectorAll("input[name=csrf]")) each.value = proof;
    document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRF-Token": proof }));
  }

  // A form with a file is sent with a bar that shows how far: <form data-uploads>.
  function upload(event) {
    const form = event.target;
    if (!("uploads" in form.dataset)) return;
    event.preventDefault();
    const field = form.querySelector("input[type=file]");
    const trouble = form.querySelector("[data-trouble]");
    const sending = form.querySelector("[data-sending]");
    const button = event.submitter || form.querySelector("button");
    const bar = sending.querySelector("progress");
    const file = field.files[0];
    const stop = (text) => {
      trouble.textContent = text;
      trouble.hidden = false;
      sending.hidden = true;
      button.disabled = false;
    };
    trouble.hidden = true;
    if (file && file.size > Number(field.dataset.most)) {
      stop(`${file.name} is larger than ${field.dataset.mostWords}, the most that can be uploaded. Nothing was sent.`);
      return;
    }
    const request = new XMLHttpRequest();
    request.open(form.method, form.action);
    request.upload.addEventListener("progress", (told) => {
      if (told.lengthComputable) bar.value = (100 * told.loaded) / told.total;
    });
    request.addEventListener("load", () => {
      if (request.status < 400 && request.responseURL !== form.action) location.assign(request.responseURL);
      else if (!showMain(request.responseText)) stop("The server could not take the file. Try it again.");
    });
    request.addEventListener("error", () => stop("The line broke before the file had arrived. Nothing was kept."));
    sending.hidden = false;
    button.disabled = true;
    request.send(new FormData(form));
  }

  document.addEventListener("keydown", (event) => { keyed = event.target; }, true);
  document.addEventListener("pointerdown", () => { keyed = null; }, true);
  document.addEventListener("submit", keepTyped);
  document.addEventListener("change", tickAll);
  document.addEventListener("change", markBeside);
  document.addEventListener("submit", upload);
  document.addEventListener("change", sendAtOnce);
  document.addEventListener("input", (event) => unlock(event.target));
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", closeMenus);
  for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, dropped);
  document.addEventListener("htmx:after:swap", () => begin(document));
  begin(document);
  beginAtRefusal();
})();
