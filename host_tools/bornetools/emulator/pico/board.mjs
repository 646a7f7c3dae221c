// The parts around the chip, as its pin table (boards/<BOARD>/pins.py) wires them.

import { Ds3231 } from './ds3231.mjs';
import { Sh1106, Ssd1306 } from './display.mjs';
import { I2cBus } from './i2c.mjs';
import { I2cReader, SpiReader } from './pn532.mjs';

const DISPLAY = 0x3c, RTC = 0x68, READER = 0x24;
const DISPLAYS = { ssd1306: Ssd1306, sh1106: Sh1106 };
const BUTTON_EVERY = 10e6; // ns
const FULL = 255;
const FRAME = 1024; // bytes
const HIGH = 1, LOW = 0;

export class Board {
  // `post(what)`: has the function `what` called when the other side has come to the present time.
  constructor(mcu, pins, panel, uarts, line, post) {
    this.mcu = mcu;
    this.pins = pins;
    this.panel = panel;
    this.shown = {};
    this.nextButton = 0;
    this.#bus();
    this.#reader(uarts, line, post);
  }

  // Looks at the outputs, and at the button.
  look() {
    const { LED, BUZZER, BUTTON } = this.pins;
    if (LED) this.#show('L', Buffer.from([LED.red, LED.green, LED.blue].map((pin) => this.#level(pin))));
    if (BUZZER) {
      const hertz = Buffer.alloc(2);
      hertz.writeUInt16LE(this.#hertz(BUZZER.pin));
      this.#show('Z', hertz);
    }
    if (BUTTON && this.mcu.clock.nanos >= this.nextButton) {
      this.nextButton = this.mcu.clock.nanos + BUTTON_EVERY;
      const [pressed] = this.panel.ask('B', Buffer.alloc(0), 1);
      this.mcu.gpio[BUTTON.pin].setInputValue(!pressed);
    }
  }

  // Bytes from the reader.
  take(data) {
    if (data.length) this.reader.feed(data);
  }

  #show(kind, payload) {
    if (this.shown[kind]?.equals(payload)) return;
    if (this.shown[kind] || payload.some((byte) => byte)) this.panel.tell(kind, payload);
    this.shown[kind] = payload;
  }

  #bus() {
    const { I2C, DISPLAY: display, RTC: rtc } = this.pins;
    const chips = new Map();
    const Display = DISPLAYS[display.kind];
    let picture = Buffer.alloc(FRAME);
    const answers = () => this.panel.ask('F', picture, 1)[0] === 1; // not while the panel's screen is silent
    const shown = new Display((frame) => {
      picture = Buffer.from(frame);
      answers();
    });
    shown.begun = answers;
    chips.set(DISPLAY, shown);
    if (rtc) {
      const read = () => Number(this.panel.ask('C', Buffer.alloc(0), 8).readBigUInt64LE());
      const write = (seconds) => {
        const payload = Buffer.alloc(8);
        payload.writeBigUInt64LE(BigInt(seconds));
        this.panel.tell('S', payload);
      };
      chips.set(RTC, new Ds3231({ get: read, set: write }));
    }
    for (const pin of [I2C.sda, I2C.scl]) this.mcu.gpio[pin].setInputValue(true); // pulled up
    this.chips = chips;
    new I2cBus(this.mcu.i2c[I2C.id], chips);
  }

  #reader(uarts, line, post) {
    const { PN532 } = this.pins;
    const send = (data) => post(() => line.write(data));
    const onReady = (ready) => {
      if (PN532.irq !== undefined) this.mcu.gpio[PN532.irq].setInputValue(!ready);
    };
    if (PN532.bus === 'i2c') {
      this.reader = new I2cReader(send, onReady);
      this.chips.set(READER, this.reader);
    } else if (PN532.bus === 'spi') {
      this.reader = new SpiReader(this.mcu.spi[PN532.id], send, onReady);
      this.mcu.gpio[PN532.cs].addListener((level) => this.reader.selected(level === LOW));
    } else {
      this.reader = uarts[PN532.id];
      let sent = [];
      this.reader.onByte = (byte) => sent.push(byte);
      this.reader.onIdle = () => send(Buffer.from(sent.splice(0)));
    }
    onReady(false);
    if (PN532.reset === undefined) return;
    this.mcu.gpio[PN532.reset].addListener((level) => {
      if (level === HIGH || level === LOW) post(() => this.panel.ask('R', Buffer.from([level]), 1));
    });
  }

  // A PWM pin's slice and its compare value: RP2040 data sheet, section 4.5.2.
  #slice(pin) {
    const channel = this.mcu.pwm.channels[(pin >> 1) & 7];
    const on = this.mcu.gpio[pin].functionSelect === 4 && channel.csr & 1;
    const compare = !on ? 0 : pin & 1 ? channel.cc >>> 16 : channel.cc & 0xffff;
    return { channel, compare };
  }

  #level(pin) {
    const { channel, compare } = this.#slice(pin);
    return Math.min(FULL, Math.round((compare * FULL) / (channel.top + 1)));
  }

  #hertz(pin) {
    const { channel, compare } = this.#slice(pin);
    if (!compare) return 0;
    return Math.min(0xffff, Math.round(this.mcu.clkSys / ((channel.div || 16) / 16) / (channel.top + 1)));
  }
}
