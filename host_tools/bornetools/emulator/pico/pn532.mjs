// The PN532 at an I2C or SPI bus: UM0701-02, sections 6.2.4 and 6.2.5. Its commands and its time are the model's
// on the Python side (emulator/chip), with which bytes pass as on its UART.

const WAKE = 0x55; // what wakes the model up, and is skipped by a model that is awake
const READY = 0x01;
const STRETCH = 440_000; // ns for which SCL is held after the address
const DATA_WRITE = 1, STATUS_READ = 2, DATA_READ = 3; // first byte of an SPI transfer

// The whole frame at the start of `bytes`: its length, 0 if it is not complete (section 6.2.1).
function frameLength(bytes) {
  if (bytes.length < 6) return 0;
  const [, , , length, check] = bytes;
  if ((length === 0 && check === 0xff) || (length === 0xff && check === 0)) return 6; // ACK, NACK
  if (length !== 0xff || check !== 0xff) return length + 7;
  return bytes.length < 8 ? 0 : (bytes[5] << 8) + bytes[6] + 10;
}

class Frames {
  // `send(bytes)` is to bring bytes to the model. `onReady(ready)` is told whether a frame waits: P70_IRQ.
  constructor(send, onReady) {
    this.send = send;
    this.onReady = onReady;
    this.arrived = [];
    this.frames = [];
    this.at = 0; // of the first frame, read so far
  }

  feed(data) {
    this.arrived.push(...data);
    for (let size; (size = frameLength(this.arrived)) && size <= this.arrived.length; ) {
      this.frames.push(this.arrived.splice(0, size));
    }
    this.onReady(this.frames.length > 0);
  }

  write(bytes) {
    this.frames = []; // a host that does not wait for an answer has given it up
    this.at = 0;
    this.send(Buffer.from([WAKE, ...bytes]));
    this.onReady(false);
  }

  get status() {
    return this.frames.length ? READY : 0;
  }

  next() {
    return this.frames[0]?.[this.at++] ?? 0;
  }

  // The transfer has ended: what it has not read of a frame is lost.
  end() {
    if (this.at) this.frames.shift();
    this.at = 0;
    this.onReady(this.frames.length > 0);
  }
}

// A chip of I2cBus.
export class I2cReader {
  constructor(send, onReady) {
    this.stretch = STRETCH;
    this.frames = new Frames(send, onReady);
  }

  feed(data) {
    this.frames.feed(data);
  }

  begun(reads) {
    this.first = reads;
    return true;
  }

  read() {
    if (!this.first) return this.frames.next();
    this.first = false;
    return this.frames.status;
  }

  written(bytes) {
    this.frames.write(bytes);
  }

  ended() {
    this.frames.end();
  }
}

// The chip at an SPI controller of rp2040js; `selected(low)` is to be called with its chip select.
export class SpiReader {
  constructor(controller, send, onReady) {
    this.frames = new Frames(send, onReady);
    this.kind = 0;
    this.bytes = [];
    let answer = 0;
    const alarm = controller.rp2040.clock.createAlarm(() => controller.completeTransmit(answer));
    controller.onTransmit = (value) => {
      answer = reversed(this.#transfer(reversed(value)));
      alarm.schedule((8 * 1e9) / controller.clockFrequency);
    };
  }

  feed(data) {
    this.frames.feed(data);
  }

  selected(low) {
    if (!low && this.kind === DATA_WRITE) this.frames.write(this.bytes);
    if (!low && this.kind === DATA_READ) this.frames.end();
    this.kind = 0;
    this.bytes = [];
  }

  #transfer(byte) {
    if (!this.kind) this.kind = byte;
    else if (this.kind === STATUS_READ) return this.frames.status;
    else if (this.kind === DATA_READ) return this.frames.next();
    else this.bytes.push(byte);
    return 0;
  }
}

// The chip's bits come lowest first, the controller's highest first.
function reversed(byte) {
  let result = 0;
  for (let bit = 0; bit < 8; bit++) result |= ((byte >> bit) & 1) << (7 - bit);
  return result;
}
