// The lines to the Python side: ttys and the pipes of its clock (emulator/clock.py, machine/panel.py).

import fs from 'node:fs';

const PIECE = 4096;
const US = 1000; // ns

// A tty whose reads do not wait.
export class Line {
  constructor(path) {
    this.file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NOCTTY | fs.constants.O_NONBLOCK);
    this.buffer = Buffer.alloc(PIECE);
    this.out = Buffer.alloc(0);
  }

  read() {
    try {
      return Buffer.from(this.buffer.subarray(0, fs.readSync(this.file, this.buffer)));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      return Buffer.alloc(0);
    }
  }

  // What the other end does not take yet is kept for the next time.
  write(data) {
    this.out = Buffer.concat([this.out, data]);
    try {
      while (this.out.length) this.out = this.out.subarray(fs.writeSync(this.file, this.out));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

// The panel: packets of a type, a length and a payload; some are answered.
export class Panel {
  constructor(path) {
    this.file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NOCTTY);
  }

  tell(kind, payload) {
    const head = Buffer.from([kind.charCodeAt(0), payload.length & 0xff, payload.length >> 8]);
    fs.writeSync(this.file, Buffer.concat([head, payload]));
  }

  ask(kind, payload, size) {
    this.tell(kind, payload);
    const answer = Buffer.alloc(size);
    for (let at = 0; at < size; ) at += fs.readSync(this.file, answer, at, size - at);
    return answer;
  }
}

// Time: what other parts do by a time is done before it comes here.
export class SharedTime {
  // `pipes`: file descriptors for answers and requests.
  constructor([answers, requests]) {
    this.answers = answers;
    this.requests = requests;
    this.buffer = Buffer.alloc(8);
    this.start = this.#pass(0n);
  }

  // Waits until the others have come to the machine's time `nanos`.
  pass(nanos) {
    this.#pass(this.start + BigInt(Math.round(nanos / US)));
  }

  #pass(us) {
    this.buffer.writeBigUInt64LE(us);
    fs.writeSync(this.requests, this.buffer);
    for (let at = 0; at < 8; ) {
      const count = fs.readSync(this.answers, this.buffer, at, 8 - at);
      if (!count) process.exit(0); // the other side has gone
      at += count;
    }
    return this.buffer.readBigUInt64LE();
  }
}
