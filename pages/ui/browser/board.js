// @ts-check
// Draws the board of a class for a projector. Called by Streamlit at mount and at every change of
// `data`.

/** @typedef {import("./board_record.js").Board} Board */
/** @typedef {import("./board_tiles.js").Stage} Stage */

const TICK = 250; // milliseconds between two looks at the clock

/** @param {any} component */
export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = component.parentElement.querySelector(".lab-board");
  root.end?.(); // Streamlit ends at its unmount alone what was begun with other data
  let gone = false;
  /** @type {(() => void)[]} */
  const ends = [];
  const load = (/** @type {string} */ name) => import(`${location.origin}${data.modules}/${name}.js`);
  const names = ["board_record", "board_parts", "board_tiles", "board_stages", "board_curves"];
  Promise.all([...names, "models", "live", "text"].map(load)).then((modules) => {
    if (!gone) ends.push(show(root, data, modules));
  });
  root.end = () => {
    gone = true;
    ends.splice(0).forEach((end) => end());
  };
  return root.end;
}

/**
 * @param {HTMLElement} root
 * @param {any} data
 * @param {any[]} modules
 * @returns {() => void}  ends it
 */
function show(root, data, [records, parts, tiles, stages, curves, models, live, { fill }]) {
  const { words, colours, join } = data;
  const { element } = parts;
  const small = element("small");
  const title = element("h1");
  const time = element("p", "lab-board-time");
  time.setAttribute("role", "timer");
  const given = element("p", "lab-board-given");
  const people = element("p", "lab-board-people");
  const corner = element("button", "lab-board-join", parts.qrCode(join.qr, join.address));
  corner.type = "button";
  corner.title = words.larger;
  corner.append(element("span", "", element("small", "", join.address), element("b", "", join.code)));
  const head = element("header", "lab-board-head", element("div", "lab-board-title", small, title));
  head.append(time, given, people, corner);
  const band = element("p", "lab-board-band");
  band.setAttribute("role", "status");
  const stagePlace = element("main", "lab-board-stage");
  const foot = element("footer", "lab-board-foot");
  const full = element("button", "", words.full);
  full.type = "button";
  full.onclick = () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen());
  const back = element("button", "", words.back);
  back.type = "button";
  foot.append(back, full);
  for (const [label, href] of data.links) {
    const link = element("a", "", label);
    link.href = href;
    link.target = "_self";
    foot.append(link);
  }
  root.replaceChildren(head, band, stagePlace, foot);

  /** @type {any} */
  const context = { layers: null, words, colours, root, look: data.look, titles: data.titles };
  /** @type {Board} */
  let board = { school: null, gone: false, members: [], named: true, ahead: 0 };
  /** @type {Stage | null} */
  let stage = null;
  let shown = "";
  let wantsJoin = false;
  let isConnected = true;

  const makeStage = (/** @type {HTMLElement} */ place) => {
    const activity = board.school?.activity;
    if (!activity || wantsJoin) return stages.lobby(place, join, words);
    const { kind, revealed } = activity;
    if (kind === "draw") return revealed ? tiles.drawnResult(place, context) : tiles.liveDrawings(place, context, false);
    if (kind === "fool") return revealed ? tiles.fooledResult(place, context) : tiles.liveDrawings(place, context, true);
    if (kind === "race") return curves.race(place, context);
    if (kind === "predict") return curves.predicted(place, context);
    if (kind === "question") return stages.question(place, words, colours.ours);
    return stages.followed(place, words, data.pages);
  };

  const readWith = models.oneModel((/** @type {any} */ layers) => {
    context.layers = layers;
    stage?.update(board);
  });
  const update = () => {
    const { school, members } = board;
    const activity = school?.activity ?? null;
    const wanted = JSON.stringify([activity?.id, activity?.revealed, wantsJoin]);
    if (wanted !== shown) {
      shown = wanted;
      stage?.end();
      stagePlace.className = "lab-board-stage";
      stagePlace.replaceChildren();
      stage = makeStage(stagePlace);
    }
    const model = activity?.settings.model ?? null;
    readWith(model);
    const name = model && fill(words.reader, { title: data.titles[model.title] ?? model.title });
    small.textContent = [school?.name || words.product, ...(name ? [name] : [])].join(" · ");
    const label = activity?.settings.digit ?? null;
    title.textContent = !activity || wantsJoin
      ? words.join
      : fill(label === null ? words.titles[activity.kind] : words.drawDigit, { digit: label });
    people.hidden = !activity || wantsJoin;
    people.replaceChildren(element("b", "", String(school?.members ?? members.length)), ` ${words.people}`);
    corner.hidden = !activity || wantsJoin;
    back.hidden = !activity || !wantsJoin;
    const count = members.filter((member) => member.given).length;
    given.hidden = !activity || activity.revealed || wantsJoin || activity.kind === "follow";
    given.textContent = fill(words.given[activity?.kind ?? ""] ?? "", { n: count, all: members.length });
    tick();
    stage?.update(board);
  };
  const tick = () => {
    const { school } = board;
    const activity = school?.activity;
    const left = activity?.ends ? activity.ends - (Date.now() / 1000 + board.ahead) : null;
    const runs = Boolean(activity?.open) && left !== null && left > 0;
    time.hidden = !runs || wantsJoin;
    if (runs) {
      time.textContent = parts.clock(left);
      time.dataset.soon = String(/** @type {number} */ (left) <= 10);
    }
    const ended = activity && !activity.revealed && (!activity.open || (left !== null && left <= 0));
    band.textContent = board.gone
      ? words.gone
      : !isConnected
        ? words.lost
        : school?.closed
          ? words.closed
          : school?.paused
            ? words.paused
            : ended && !wantsJoin
              ? words.ended
              : "";
  };
  const showJoin = (/** @type {boolean} */ isShown) => {
    if (wantsJoin === isShown) return;
    wantsJoin = isShown;
    update();
    (isShown ? back : corner).focus();
  };
  corner.onclick = () => showJoin(true);
  back.onclick = () => showJoin(false);
  stagePlace.addEventListener("click", () => showJoin(false));
  root.onkeydown = ({ key }) => {
    if (key === "Escape") showJoin(false);
  };
  const timer = setInterval(tick, TICK);
  const ends = [
    records.follow(join.key, (/** @type {Board} */ now) => {
      board = now;
      update();
    }),
    live.onConnection((/** @type {boolean} */ connected) => {
      isConnected = connected;
      tick();
    }),
  ];
  return () => {
    clearInterval(timer);
    readWith(null);
    stage?.end();
    ends.forEach((end) => end());
  };
}
