// The page with a payment's code: counts down, asks whether it is paid, goes on by itself.
const main = document.querySelector("main");
const status = main.querySelector("[role=status]");
const left = main.querySelector(".left");
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
let end = Date.now() + Number(main.dataset.left) * 1000;

function tick() {
  const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
  left.textContent = [Math.floor(seconds / 60), seconds % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

function over() {
  main.dataset.state = "over";
  main.querySelector(".open").hidden = true;
  main.querySelector(".over").hidden = false;
  main.querySelector(".over h1").focus();
}

async function ask() {
  try {
    const answer = await fetch(main.dataset.ask, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // the network is away: the next question may get through
  }
}

async function wait() {
  const ticking = setInterval(tick, 500);
  while (main.dataset.state === "open") {
    await pause(document.hidden ? 5000 : 1500);
    const told = await ask();
    if (!told) continue;
    end = Date.now() + told.left_seconds * 1000;
    if (told.status === "paid") {
      status.textContent = status.dataset.paidText;
      location.replace(main.dataset.paid);
      break;
    }
    if (told.status === "over") over();
  }
  clearInterval(ticking);
}

wait();
