// The page is complete without this file, which keeps ages current, updates the slate, and adds keyboard shortcuts.
(() => {
  "use strict";

  const MINUTE = 60, HOUR = 3600, DAY = 86400;

  function age(seconds) {
    if (seconds < 0) return "ahead";
    if (seconds < MINUTE) return `${Math.floor(seconds)} s`;
    if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
    if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h`;
    return null;
  }

  // The server's clock may be simulated: ages advance from its values, not from this machine's time.
  const loaded = Date.now();
  function remember(root) {
    for (const each of root.querySelectorAll("time[data-age]")) {
      const [count, unit] = each.textContent.trim().split(" ");
      const per = { s: 1, min: MINUTE, h: HOUR }[unit];
      if (per) each.dataset.seconds = String(Number(count) * per - (Date.now() - loaded) / 1000);
    }
  }

  function count() {
    for (const each of document.querySelectorAll("time[data-seconds]")) {
      const text = age(Number(each.dataset.seconds) + (Date.now() - loaded) / 1000);
      if (text) each.textContent = text;
    }
  }

  async function refresh(slate) {
    const response = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (!response.ok) throw new Error(String(response.status));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("slate");
    if (!fresh || fresh.dataset.version === slate.dataset.version) return slate;
    const before = new Map([...slate.querySelectorAll("tbody.game")].map((game) => [game.id, game.textContent]));
    const focused = document.activeElement?.closest?.("tbody.game")?.id;
    slate.replaceWith(fresh);
    for (const game of fresh.querySelectorAll("tbody.game")) {
      if (before.has(game.id) && before.get(game.id) !== game.textContent) game.classList.add("changed");
    }
    remember(fresh);
    document.dispatchEvent(new CustomEvent("slate:replaced", { detail: fresh }));
    if (focused) document.querySelector(`#${CSS.escape(focused)} a`)?.focus({ preventScroll: true });
    return fresh;
  }

  function follow() {
    let slate = document.getElementById("slate");
    const live = document.getElementById("live");
    if (!slate || !live || !window.EventSource) return;
    const source = new EventSource(`/api/v2/stream?date=${slate.dataset.day}&games=false`);
    source.addEventListener("open", () => { live.textContent = "Live"; live.dataset.state = "on"; });
    source.addEventListener("error", () => {
      live.textContent = "Reconnecting";
      live.dataset.state = "off";
      // A browser reconnects by itself after a dropped connection, but not after a response like 503.
      if (source.readyState === EventSource.CLOSED) setTimeout(follow, 5000);
    });
    source.addEventListener("slate", async (event) => {
      if (JSON.parse(event.data).version === slate.dataset.version) return;
      try {
        const before = slate;
        slate = await refresh(slate);
        if (slate !== before) live.textContent = `Updated ${new Date().toLocaleTimeString()}`;
        live.dataset.state = "on";
      } catch {
        live.textContent = "Update failed";
        live.dataset.state = "off";
      }
    });
    addEventListener("pagehide", () => source.close());
  }

  function step(direction) {
    const games = [...document.querySelectorAll("tbody.game .who a")];
    if (!games.length) return;
    const at = games.indexOf(document.activeElement);
    const next = games[Math.min(Math.max(at + direction, 0), games.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "center" });
  }

  const keys = {
    "[": () => document.querySelector("a[rel=prev]")?.click(),
    "]": () => document.querySelector("a[rel=next]")?.click(),
    j: () => step(1),
    k: () => step(-1),
    b: () => document.getElementById("bankroll")?.select(),
  };

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const action = keys[event.key];
    if (action) { action(); event.preventDefault(); }
  });

  document.querySelector("#controls input[type=date]")?.addEventListener("change", (event) => {
    if (event.target.value) event.target.form.requestSubmit();
  });
  for (const each of document.querySelectorAll("#controls input[type=checkbox], #controls select")) {
    each.addEventListener("change", (event) => event.target.form.requestSubmit());
  }

  remember(document);
  setInterval(count, 5000);
  follow();
})();
