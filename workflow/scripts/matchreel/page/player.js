// One video for three things: the reel as it was cut, one clip of it, or the recording with the edit on it.
const video = $("reel");
const REEL = "reel.mp4";
const SKIP_SECONDS = 5;
// A seek lands on the frame that is on screen then: inside it, never just before it.
const INSIDE_SECONDS = 0.005;
const LAST_FRAME_SECONDS = 0.04;
const unplayable = new Set();
let mode = "reel";
let playing = { kind: "reel" };
let position = { part: data.parts[0].part, seconds: 0, isChosen: false };
let stopAt = null;
let isSequence = false;

const sourceOf = (part) => partsOf[part].source;
const canPlay = (part) => Boolean(sourceOf(part)) && !unplayable.has(sourceOf(part));

function load(source, seconds, play, what) {
  const start = () => {
    video.currentTime = seconds;
    if (play) video.play().catch(() => {});
  };
  playing = what;
  showMode(what.kind);
  video.hidden = false;
  stopAt = null;
  document.documentElement.dataset.source = source;
  if (video.getAttribute("src") === source && video.readyState > 0) return start();
  if (video.getAttribute("src") !== source) {
    video.removeAttribute("poster"); // it is the reel's
    video.setAttribute("src", source);
  }
  video.addEventListener("loadedmetadata", () => playing === what && start(), { once: true });
  video.load();
}

const playReel = (seconds, play) => load(REEL, seconds, play, { kind: "reel" });
const playClip = (cut, into, play) => load(cut.clip, into, play, { kind: "clip", cut });

// The recording at a moment; where it cannot be played, the clip that covers it, or at least its time in words.
function playSource(part, seconds, play, endSeconds = null) {
  if (!canPlay(part)) return fallBack(part, seconds, play);
  const what = { kind: "match", part, seconds, play };
  load(sourceOf(part), seconds + partsOf[part].zero + INSIDE_SECONDS, play, what);
  stopAt = endSeconds;
}

function fallBack(part, seconds, play) {
  isSequence = false;
  const cut = cuts.find((row) => row.part === part && row.start <= seconds && seconds < row.end);
  if (cut) {
    playClip(cut, seconds - cut.start + INSIDE_SECONDS, play);
    return say(t("no_recording_clip"));
  }
  playing = { kind: "idle" };
  if (cuts.length && video.error) video.setAttribute("src", REEL);
  video.pause();
  place(part, seconds);
  say(t("no_recording", { minute: minuteText(part, seconds), clock: clockText(seconds), part: t(`part_${part}`) }));
}

function say(text) {
  const problem = document.querySelector(".problem");
  problem.hidden = !text;
  problem.textContent = text;
}

// What was changed cannot be shown by a reel that was cut before.
function playRow(row, play = true) {
  say("");
  isSequence = false;
  select(row.id);
  place(row.part, row.start);
  const cut = cutOf[row.id];
  if (mode === "match" || !cut || isMoved(row) || !isKept(row.id)) return playSource(row.part, row.start, play, row.end);
  if (mode === "clip") return playClip(cut, 0, play);
  return playReel(cut.reelStart + INSIDE_SECONDS, play);
}

function previewEdge(row, edge) {
  const isRunning = !video.paused;
  const at = edge === "start" ? row.start : isRunning ? Math.max(row.start, row.end - 1.5) : row.end - LAST_FRAME_SECONDS;
  place(row.part, at);
  if (canPlay(row.part)) playSource(row.part, at, isRunning, row.end);
  else say("");
}

function seekTo(part, seconds) {
  say("");
  isSequence = false;
  place(part, seconds);
  position.isChosen = true;
  playSource(part, seconds, !video.paused);
}

function step(by) {
  const rows = edit.kept;
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.id === selected);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : clamp(at + by, 0, rows.length - 1);
  playRow(rows[next], !video.paused || at < 0);
}

function playAll() {
  const first = edit.kept[0];
  if (!first) return;
  setMode("match");
  playRow(first);
  isSequence = canPlay(first.part);
}

function atMomentEnd() {
  const row = selectedRow();
  const rest = edit.kept.slice(edit.kept.indexOf(row) + 1);
  if (!isSequence || !row || !isKept(row.id) || !rest.length) {
    isSequence = false;
    stopAt = null;
    return video.pause();
  }
  playRow(rest[0]);
  isSequence = true;
}

function setMode(wanted) {
  mode = wanted;
  showMode(wanted);
}

// What is being played, which may differ from what was chosen: changed moments play from the recording.
function showMode(kind) {
  for (const node of document.querySelectorAll("[data-mode]")) node.setAttribute("aria-pressed", node.dataset.mode === kind);
}

// Goes on watching the same moment of the match in another way.
function switchMode(wanted) {
  if (wanted === "reel" && !cuts.length) return;
  const { part, seconds } = position;
  const play = !video.paused;
  setMode(wanted);
  say("");
  const here = cuts.find((cut) => cut.part === part && cut.start <= seconds && seconds < cut.end);
  const cut = here ?? cutOf[selected] ?? cuts[0];
  const into = here ? seconds - cut.start : 0;
  if (wanted === "match") playSource(part, seconds, play);
  else if (wanted === "clip") playClip(cut, into + INSIDE_SECONDS, play);
  else playReel(cut.reelStart + into + INSIDE_SECONDS, play);
}

function place(part, seconds) {
  position = { part, seconds: clamp(seconds, 0, partsOf[part].duration), isChosen: true };
  showPosition();
}

// Where the video is, as a moment of the match.
function follow() {
  if (video.seeking || playing.kind === "idle") return;
  const now = video.currentTime;
  if (playing.kind === "match") {
    place(playing.part, now - partsOf[playing.part].zero);
    if (stopAt !== null && !video.paused && position.seconds >= stopAt) atMomentEnd();
    return;
  }
  const cut = playing.kind === "clip" ? playing.cut : cuts.findLast((row) => row.reelStart <= now + 0.001);
  if (!cut || (playing.kind === "reel" && now === 0 && selected === null && video.paused)) return;
  place(cut.part, Math.min(cut.start + now - (playing.kind === "clip" ? 0 : cut.reelStart), cut.end));
  if (playing.kind === "reel" && (!video.paused || selected === null) && isKept(cut.id)) select(cut.id);
}

function everyFrame() {
  if (video.paused) return;
  follow();
  requestAnimationFrame(everyFrame);
}

function onVideoError() {
  const source = video.getAttribute("src");
  if (playing.kind !== "match") return say(t("no_reel", { file: source }));
  unplayable.add(source);
  fallBack(playing.part, playing.seconds, playing.play);
}

function showNow() {
  const row = selectedRow();
  if (row && isKept(row.id)) {
    $("now").textContent = t("now", { number: edit.kept.indexOf(row) + 1, count: edit.kept.length, text: textOf(row) });
  } else if (row) $("now").textContent = t("now_out", { text: textOf(row) });
  else if (position.isChosen) {
    const { part, seconds } = position;
    const fills = { part: t(`part_${part}`), minute: minuteText(part, seconds), clock: clockText(seconds) };
    $("now").textContent = t("now_at", fills);
  } else $("now").textContent = t("choose");
}

function watchVideo() {
  if (!cuts.length) setMode("match");
  for (const name of ["timeupdate", "seeked"]) video.addEventListener(name, follow);
  video.addEventListener("play", () => {
    if (playing.kind === "idle") playing = { kind: "reel" };
    everyFrame();
  });
  video.addEventListener("loadedmetadata", () => (document.documentElement.dataset.reel = "ready"));
  video.addEventListener("error", onVideoError);
  if (video.error) onVideoError();
  $("previous").addEventListener("click", () => step(-1));
  $("next").addEventListener("click", () => step(1));
  $("play-all").addEventListener("click", playAll);
  for (const node of document.querySelectorAll("[data-mode]")) {
    node.addEventListener("click", () => switchMode(node.dataset.mode));
    if (!cuts.length) node.disabled = node.dataset.mode !== "match";
  }
  setMode(mode);
  if (video.readyState > 0) document.documentElement.dataset.reel = "ready";
}
