// Puts the review in place of what reads without a script.
function drawAll() {
  drawMoments();
  lanes.forEach(nameLane);
  lanes.forEach(drawLane);
  drawBar();
  keepInView();
  document.documentElement.dataset.current = selected ?? "";
}

function setLanguage(name) {
  language = name;
  translate();
  drawLegend();
  redrawReasons();
  drawAll();
}

function start() {
  document.documentElement.classList.add("review");
  $("static").remove();
  language = firstLanguage();
  const isRestored = restore();
  buildLegend();
  buildLanes();
  watchVideo();
  watchMoments();
  watchBar();
  $("add").addEventListener("click", addHere);
  document.addEventListener("keydown", onKey, { capture: true });
  for (const node of document.querySelectorAll("[data-language]")) {
    node.addEventListener("click", () => {
      keep("matchreel-language", node.dataset.language);
      setLanguage(node.dataset.language);
    });
  }
  setLanguage(language);
  listeners.push(drawAll);
  if (isRestored) say(t("restored"));
  document.documentElement.dataset.page = "ready";
}

start();
