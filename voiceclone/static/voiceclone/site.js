// Small conveniences; every page works without them.
"use strict";

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
  });
}
// A page that comes back from the browser's memory must be usable again.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[data-once] button")) button.disabled = false;
});

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const said = document.querySelector("[data-copied]");
  field.addEventListener("focus", () => field.select());
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied";
    } catch {
      field.select();
      said.textContent = "Press Ctrl+C to copy";
    }
  });
}

// Loading the page of a new key again must not send its form again.
const forget = document.querySelector("[data-forget]");
if (forget) history.replaceState(null, "", forget.dataset.forget);

for (const count of document.querySelectorAll("[data-count]")) {
  const field = document.getElementById(count.dataset.count);
  const most = Number(field.dataset.bytes);
  const show = () => {
    const bytes = new TextEncoder().encode(field.value.trim()).length;
    count.textContent = `${bytes} of ${most} bytes: ${bytes} credit${bytes === 1 ? "" : "s"}`;
    count.classList.toggle("over", bytes > most);
  };
  count.hidden = false;
  field.addEventListener("input", show);
  show();
}
