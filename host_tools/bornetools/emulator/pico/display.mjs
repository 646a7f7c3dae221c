// The displays' controllers: their RAM is filled as their data sheets say, and `onFrame` gets the picture, 1024
// bytes in MONO_VLSB, whenever its last byte has come.

const WIDTH = 128, PAGES = 8;
const DATA = 0x40;
const SH1106_WIDTH = 132, SH1106_FIRST = 2; // columns of its RAM; the panel's first

// Solomon Systech's data sheet of the SSD1306, revision 1.1, table 9: commands with bytes after them.
const ARGUMENTS = new Map([
  [0x20, 1], [0x21, 2], [0x22, 2], [0x81, 1], [0x8d, 1], [0xa8, 1], [0xd3, 1], [0xd5, 1], [0xd9, 1], [0xda, 1],
  [0xdb, 1], [0xad, 1],
]);

class Controller {
  constructor(width, onFrame) {
    this.width = width;
    this.onFrame = onFrame;
    this.ram = new Uint8Array(width * PAGES);
    this.column = this.page = 0;
  }

  read() {
    return 0xff; // their reads are of no use
  }

  written(message) {
    if (message[0] === DATA) {
      for (const byte of message.subarray(1)) this.data(byte);
      return;
    }
    for (let at = 1; at < message.length; ) {
      const size = ARGUMENTS.get(message[at]) ?? 0;
      this.command(message[at], message.subarray(at + 1, at + 1 + size));
      at += 1 + size;
    }
  }
}

export class Ssd1306 extends Controller {
  constructor(onFrame) {
    super(WIDTH, onFrame);
    this.columns = [0, WIDTH - 1];
    this.pages = [0, PAGES - 1];
  }

  command(code, values) {
    if (code === 0x21) [this.column] = this.columns = [...values];
    else if (code === 0x22) [this.page] = this.pages = [...values];
  }

  data(byte) {
    this.ram[this.page * WIDTH + this.column] = byte;
    if (++this.column <= this.columns[1]) return;
    this.column = this.columns[0];
    if (++this.page <= this.pages[1]) return;
    this.page = this.pages[0];
    this.onFrame(this.ram);
  }
}

export class Sh1106 extends Controller {
  constructor(onFrame) {
    super(SH1106_WIDTH, onFrame);
  }

  command(code) {
    if (code < 0x10) this.column = (this.column & 0xf0) | code;
    else if (code < 0x20) this.column = (this.column & 0x0f) | ((code & 0x0f) << 4);
    else if (code >= 0xb0 && code < 0xb8) this.page = code & 7;
  }

  data(byte) {
    if (this.column >= SH1106_WIDTH) return;
    this.ram[this.page * SH1106_WIDTH + this.column++] = byte;
    if (this.page !== PAGES - 1 || this.column !== SH1106_FIRST + WIDTH) return;
    const frame = new Uint8Array(WIDTH * PAGES);
    for (let page = 0; page < PAGES; page++) {
      const start = page * SH1106_WIDTH + SH1106_FIRST;
      frame.set(this.ram.subarray(start, start + WIDTH), page * WIDTH);
    }
    this.onFrame(frame);
  }
}
