// Comfort only: the pages work without it, and the server alone decides that a payment happens once.
"use strict";

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (button) { button.setAttribute("aria-disabled", "true"); button.textContent = form.dataset.once; }
  });
}

const number = document.getElementById("number");
const expiry = document.getElementById("expiry");
if (number) {
  number.addEventListener("input", () => {
    if (number.selectionStart !== number.value.length) return;
    number.value = number.value.replace(/\D/g, "").slice(0, 19).replace(/(.{4})(?=.)/g, "$1 ");
  });
  expiry.addEventListener("input", (event) => {
    if (event.inputType === "deleteContentBackward" || expiry.selectionStart !== expiry.value.length) return;
    const digits = expiry.value.replace(/\D/g, "").slice(0, 4);
    expiry.value = digits.length < 2 ? digits : `${digits.slice(0, 2)} / ${digits.slice(2)}`;
  });
}

for (const button of document.querySelectorAll("[data-fill]")) {
  button.addEventListener("click", () => {
    const set = (id, value) => { const field = document.getElementById(id); if (field && !field.value) field.value = value; };
    number.closest("details").open = true;
    number.value = button.dataset.fill;
    set("email", "buyer@example.com"); set("expiry", "12 / 34"); set("cvc", "123");
    number.focus();
  });
}

// A page restored from the browser's cache (after "back") may be submitted again.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
