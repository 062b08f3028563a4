// A page that is opened from the disk may not start a Worker, and search runs in one: its script goes into a hidden frame instead.
if (location.protocol === "file:") {
  // As between threads: a copy arrives, and later, never before the sender goes on.
  const deliver = (target, Message, data) => {
    const message = new Message("message", { data: structuredClone(data) });
    setTimeout(() => target.dispatchEvent(message));
  };

  window.Worker = class extends EventTarget {
    onmessage = null;
    onerror = null;
    onmessageerror = null;

    constructor(address) {
      super();
      this.waiting = [];
      this.addEventListener("message", (event) => this.onmessage?.(event));
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.onload = () => this.start(new URL(address, location.href).href);
      document.body.append(this.frame);
    }

    start(address) {
      const inside = this.frame.contentWindow;
      inside.postMessage = (data) => deliver(this, MessageEvent, data);
      const script = inside.document.createElement("script");
      script.src = address;
      script.onload = () => {
        const waiting = this.waiting;
        this.waiting = null;
        waiting.forEach((data) => this.postMessage(data));
      };
      script.onerror = (event) => this.onerror?.(event);
      inside.document.body.append(script);
    }

    postMessage(data) {
      if (this.waiting) {
        this.waiting.push(data);
      } else {
        deliver(this.frame.contentWindow, this.frame.contentWindow.MessageEvent, data);
      }
    }

    terminate() {
      this.frame.remove();
    }
  };
}
