// The WebSocket to the simulator: opened anew when it breaks.

const AGAIN = 1000; // milliseconds

const handlers = new Map();
let socket = null;

/** Calls `handler(message)` for each message of that type; "open" and "close" are the link's own. */
export function on(type, handler) {
  handlers.set(type, [...(handlers.get(type) ?? []), handler]);
}

/** Asks for something: bornetools.simulator.session, `Session.do`. */
export function ask(what, fields = {}) {
  if (socket?.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ do: what, ...fields }));
  }
}

export function connect() {
  socket = new WebSocket(`ws://${location.host}/live`);
  socket.onopen = () => hand({ type: "open" });
  socket.onmessage = (event) => hand(JSON.parse(event.data));
  socket.onclose = () => {
    hand({ type: "close" });
    setTimeout(connect, AGAIN);
  };
}

function hand(message) {
  for (const handler of handlers.get(message.type) ?? []) {
    handler(message);
  }
}
