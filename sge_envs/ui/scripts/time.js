// Runs in every document before its own scripts. It gives the page a clock of its own, so that time passes only while an
// action is being carried out, and it hears of what a page has begun and not finished: timers, requests, navigations.
// All frames of one origin share the clock of the outermost one.
(epoch) => {
  "use strict";
  const KEY = Symbol.for("sge_envs.page");
  const native = {
    Date: window.Date,
    setTimeout: window.setTimeout.bind(window),
    fetch: window.fetch.bind(window),
    now: performance.now.bind(performance),
  };
  const FRAME = 16; // milliseconds between two animation frames
  const STEPS = 20000; // callbacks in one turn, at most
  const PATIENCE = 5000; // real milliseconds that a request may hold up a turn

  class Clock {
    constructor() {
      this.now = 0;
      this.turn = -1;
      this.timers = new Map();
      this.lastId = 0;
      this.requests = new Set();
      this.native = native;
      this.begin();
      this.heard = new WeakSet(); // elements that listen to the pointer
    }

    begin() {
      this.turn += 1;
      this.cause = null; // the turn to which the running callback goes back
      this.said = []; // what the page told in a box: alert, confirm, prompt
      this.blocked = []; // addresses outside of the site that the page wanted to go to
      this.popups = 0; // tabs that the page has asked for
    }

    add(run, delay, { every = false, frame = false } = {}) {
      const id = ++this.lastId;
      const wait = Math.min(Math.max(Number(delay) || 0, every ? 1 : 0), 2147483647);
      const due = frame ? (Math.floor(this.now / FRAME) + 1) * FRAME : this.now + wait;
      this.timers.set(id, { id, run, due, wait, every, cause: this.cause ?? this.turn });
      return id;
    }

    next(end) {
      let first = null;
      for (const timer of this.timers.values()) {
        if (timer.due <= end && (first === null || timer.due < first.due)) first = timer;
      }
      return first;
    }

    fire(timer) {
      this.now = Math.max(this.now, timer.due);
      if (timer.every) timer.due += timer.wait;
      else this.timers.delete(timer.id);
      this.cause = timer.cause;
      try {
        timer.run();
      } catch (error) {
        console.error(error);
      }
    }

    // Lets `least` milliseconds pass, and up to `most` while what this turn has begun is not finished.
    async pass(least, most) {
      const start = this.now;
      const end = start + most;
      const mine = (timer) => timer.cause === this.turn && timer.due <= end;
      await settled(this);
      for (let step = 0; step < STEPS && !leaving(window); step++) {
        const timer = this.next(end);
        if (timer === null) break;
        if (timer.due > start + least && ![...this.timers.values()].some(mine)) break;
        this.fire(timer);
        await null; // promises that the callback has kept belong to its cause
        this.cause = null;
        if (this.requests.size > 0 || step % 50 === 49) await settled(this);
      }
      this.now = Math.max(this.now, start + least);
      await settled(this);
    }

    async track(promise) {
      const token = {};
      this.requests.add(token);
      try {
        return await promise;
      } finally {
        this.requests.delete(token);
      }
    }
  }

  const hop = () =>
    new Promise((resolve) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        channel.port1.close();
        resolve();
      };
      channel.port2.postMessage(0);
    });

  const within = (promise) => Promise.race([promise, new Promise((resolve) => native.setTimeout(resolve, PATIENCE))]);

  const frames = (root) =>
    [...root.document.querySelectorAll("iframe")].flatMap((frame) => {
      try {
        return frame.contentDocument ? [frame] : [];
      } catch {
        return [];
      }
    });

  const leaving = (root) => Boolean(root[KEY]?.leaving) || frames(root).some((frame) => leaving(frame.contentWindow));

  const loaded = async (frame) => {
    if (frame.contentDocument.readyState !== "complete" || frame.contentWindow[KEY]?.leaving) {
      await new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    }
  };

  // Waits for the page, the requests and frames that are on their way, and for the tasks that have been queued.
  async function settled(clock) {
    if (document.readyState !== "complete") {
      await within(new Promise((resolve) => window.addEventListener("load", resolve, { once: true })));
    }
    await hop();
    await within(Promise.all(frames(window).map(loaded)));
    const end = native.now() + PATIENCE;
    while (clock.requests.size > 0 && !window[KEY].leaving && native.now() < end) {
      await new Promise((resolve) => native.setTimeout(resolve, 1));
    }
    if (clock.requests.size > 0) clock.requests.clear(); // these are not waited for again
    await hop();
    for (const animation of document.getAnimations()) {
      if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
    }
  }

  let above = null;
  try {
    above = window.parent !== window ? window.parent[KEY] : null;
  } catch {
    above = null; // a frame of another origin
  }
  const clock = above?.clock ?? new Clock();
  Object.defineProperty(window, KEY, { value: { clock, leaving: false } });

  // Time ------------------------------------------------------------------------------------------------------------

  const callable = (what, args) =>
    typeof what === "function" ? () => what.apply(window, args) : () => (0, eval)(String(what));
  const cancel = (id) => void clock.timers.delete(Number(id));
  Object.assign(window, {
    setTimeout: (what, delay, ...args) => clock.add(callable(what, args), delay),
    setInterval: (what, delay, ...args) => clock.add(callable(what, args), delay, { every: true }),
    requestAnimationFrame: (what) => clock.add(() => what(clock.now), 0, { frame: true }),
    requestIdleCallback: (what) => clock.add(() => what({ didTimeout: false, timeRemaining: () => 10 }), 1),
    clearTimeout: cancel,
    clearInterval: cancel,
    cancelAnimationFrame: cancel,
    cancelIdleCallback: cancel,
  });

  const wall = () => epoch + Math.floor(clock.now);
  function Date(...args) {
    if (!new.target) return new native.Date(wall()).toString();
    return Reflect.construct(native.Date, args.length ? args : [wall()], new.target);
  }
  Object.defineProperties(Date, {
    prototype: { value: native.Date.prototype },
    now: { value: wall },
    parse: { value: native.Date.parse },
    UTC: { value: native.Date.UTC },
    length: { value: 7 },
  });
  native.Date.prototype.constructor = Date;
  window.Date = Date;
  performance.now = () => clock.now;
  Object.defineProperty(performance, "timeOrigin", { get: () => epoch });
  Object.defineProperty(Event.prototype, "timeStamp", { get: () => clock.now });

  // Chance: the same numbers in every run, until the page seeds its own ------------------------------------------------

  let state = 1;
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };

  // Requests --------------------------------------------------------------------------------------------------------

  window.fetch = (...args) => clock.track(native.fetch(...args));
  for (const name of ["json", "text", "blob", "arrayBuffer", "formData"]) {
    const read = Response.prototype[name];
    Response.prototype[name] = function () {
      return clock.track(read.call(this));
    };
  }
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (...args) {
    void clock.track(new Promise((resolve) => this.addEventListener("loadend", resolve, { once: true })));
    return send.apply(this, args);
  };

  // Leaving the page --------------------------------------------------------------------------------------------------

  window.navigation?.addEventListener("navigate", (event) => {
    const there = new URL(event.destination.url);
    const outside = there.origin !== self.origin && !["about:", "blob:"].includes(there.protocol);
    if (outside && self.origin !== "null" && event.cancelable) {
      event.preventDefault();
      clock.blocked.push(event.destination.url);
    } else if (!event.destination.sameDocument && event.downloadRequest === null) {
      window[KEY].leaving = true;
    }
  });
  // A page that shows the next one in its own place does not leave: that is work of its own, like a request. It begins when
  // the action is over, so that all keys and clicks of one action meet the same page, and a second click sends nothing twice.
  const intercept = window.NavigateEvent?.prototype.intercept;
  if (intercept) {
    window.NavigateEvent.prototype.intercept = function (options = {}) {
      const { handler } = options;
      const shown = Promise.withResolvers();
      const begin = (resolve) => {
        resolve();
        void clock.track(shown.promise);
      };
      const begun = new Promise((resolve) => clock.add(() => begin(resolve), 0));
      const followed = () => begun.then(() => (this.signal.aborted ? null : handler?.())).finally(shown.resolve);
      this.signal.addEventListener("abort", shown.resolve);
      intercept.call(this, { ...options, handler: followed });
      window[KEY].leaving = false;
    };
  }
  for (const name of ["navigatesuccess", "navigateerror"]) {
    window.navigation?.addEventListener(name, () => (window[KEY].leaving = false));
  }
  window.addEventListener("pageshow", () => (window[KEY].leaving = false));

  const elsewhere = (element) => {
    const target = element?.getAttribute("target") ?? "";
    return target !== "" && !["_self", "_parent", "_top"].includes(target) && !window.frames[target];
  };
  window.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    const pressed = link ?? (event.target instanceof Element ? event.target.closest("button,input") : null);
    const held = event.ctrlKey || event.shiftKey || event.altKey || event.metaKey;
    if (held && (link || ["submit", "image"].includes(pressed?.type))) event.preventDefault(); // a tab that comes at any time
    else if (!event.defaultPrevented && elsewhere(link)) clock.popups += 1;
  });
  window.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && elsewhere(event.target)) clock.popups += 1;
  });
  const open = window.open.bind(window);
  window.open = (...args) => {
    const opened = open(...args);
    if (opened) clock.popups += 1;
    return opened;
  };

  // Boxes that would stop the browser -----------------------------------------------------------------------------------

  const say = (kind, answer) => (text) => {
    clock.said.push({ kind, text: String(text ?? "") });
    return answer;
  };
  Object.assign(window, {
    alert: say("alert"),
    confirm: say("confirm", true),
    prompt: say("prompt", null),
    print: () => {},
  });

  // Who listens to the pointer ------------------------------------------------------------------------------------------

  const POINTER = new Set([
    "click",
    "dblclick",
    "mousedown",
    "mouseup",
    "pointerdown",
    "pointerup",
    "touchstart",
    "mouseenter",
  ]);
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (POINTER.has(type) && this instanceof Element) clock.heard.add(this);
    return listen.call(this, type, ...rest);
  };
};
