"use strict";
// Keys and verdicts. Every verdict goes to this machine's own server and is on the disk when it answers.
const items = [...document.querySelectorAll("article.item")];
const chart = Number(document.getElementById("items").dataset.chart);
const state = document.getElementById("state");
const help = document.getElementById("help");
let here = -1;

function go(place) {
  if (place < 0) return;
  if (place >= items.length) {
    (document.getElementById("next") || document.getElementById("overview")).focus();
    return;
  }
  here = place;
  items[place].focus({ preventScroll: true });
  items[place].scrollIntoView({ block: "start" });
}

async function judge(item, verdict) {
  const note = item.querySelector("textarea").value;
  item.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch("/verdict", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ chart, item: item.dataset.item, verdict, note }),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    item.dataset.verdict = told.verdict;
    for (const radio of item.querySelectorAll("input")) radio.checked = radio.value === told.verdict;
    state.querySelector(".state").textContent = told.state;
    if (told.found) {
      location.hash = item.id;
      location.reload();
    }
    return !told.found;
  } catch (error) {
    state.querySelector(".state").textContent =
      "NOT SAVED: the review is no longer running on this machine. Start it again in the terminal.";
    item.dataset.verdict = "";
    for (const radio of item.querySelectorAll("input")) radio.checked = false;
    return false;
  } finally {
    item.removeAttribute("aria-busy");
  }
}

async function judgeRest(section) {
  for (const item of section.querySelectorAll('article.item[data-verdict=""]')) {
    if (!(await judge(item, "right"))) return;
  }
}

function current() {
  const focused = document.activeElement && document.activeElement.closest("article.item");
  return focused || items[here];
}

const WORDS = { r: "right", w: "wrong", u: "unsure" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const item = current();
  if (event.target.tagName === "TEXTAREA") {
    if (event.key === "Escape") go(items.indexOf(item));
    return;
  }
  const place = item ? items.indexOf(item) : -1;
  const turn = { "]": "next", "[": "before", o: "overview" }[event.key];
  if (event.key === "j") go(place + 1);
  else if (event.key === "k") go(place < 0 ? 0 : place - 1);
  else if (WORDS[event.key] && item) {
    judge(item, WORDS[event.key]).then((on) => on && event.key === "r" && go(items.indexOf(item) + 1));
  } else if (event.key === "n" && item) item.querySelector("textarea").focus();
  else if (event.key === "R" && item) judgeRest(item.closest("section"));
  else if (event.key === "d" && item && item.querySelector("a.source")) {
    item.querySelector("a.source").click();
  } else if (event.key === "?") help.showModal();
  else if (turn && document.getElementById(turn)) document.getElementById(turn).click();
  else return;
  event.preventDefault();
});

for (const item of items) {
  item.addEventListener("focusin", () => { here = items.indexOf(item); });
  for (const radio of item.querySelectorAll("input")) {
    radio.addEventListener("change", () => judge(item, radio.value));
  }
  item.querySelector("textarea").addEventListener("change", () => {
    if (item.dataset.verdict) judge(item, item.dataset.verdict);
  });
}
for (const button of document.querySelectorAll("button.rest")) {
  button.addEventListener("click", () => judgeRest(button.closest("section")));
}
document.getElementById("help-button").addEventListener("click", () => help.showModal());

const named = location.hash ? items.findIndex((item) => "#" + item.id === location.hash) : -1;
const first = items.findIndex((item) => item.dataset.verdict === "");
if (named >= 0) go(named);
else if (first > 0) go(first);
