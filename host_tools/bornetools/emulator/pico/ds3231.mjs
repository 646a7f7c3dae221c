// The clock DS3231 (Maxim data sheet 19-5170). `time` has get(), unix seconds or 0 for a clock that has stopped,
// and set(seconds).

const SIZE = 0x13, TIME = 7, STATUS = 0x0f, STOPPED = 0x80;

const bcd = (value) => (Math.floor(value / 10) << 4) | value % 10;
const number = (byte) => (byte >> 4) * 10 + (byte & 0x0f);

export class Ds3231 {
  constructor(time) {
    this.time = time;
    this.registers = new Uint8Array(SIZE);
    this.pointer = 0;
    this.set = 0; // the time that was written, until the stop flag is cleared
  }

  written(message) {
    if (!message.length) return;
    this.pointer = message[0];
    const end = message.length > 1 ? this.pointer + message.length - 1 : 0;
    for (const byte of message.subarray(1)) this.#put(byte);
    if (end === TIME) this.#store();
  }

  read() {
    if (this.pointer === 0) this.#load(); // time and date are copied at the transfer's start
    const value = this.registers[this.pointer];
    this.pointer = (this.pointer + 1) % SIZE;
    return value;
  }

  #put(byte) {
    if (this.pointer === STATUS && this.set && !(byte & STOPPED)) {
      this.time.set(this.set);
      this.set = 0;
    }
    this.registers[this.pointer] = byte;
    this.pointer = (this.pointer + 1) % SIZE;
  }

  #load() {
    const seconds = this.time.get();
    this.registers[STATUS] = (this.registers[STATUS] & ~STOPPED) | (seconds ? 0 : STOPPED);
    const at = new Date(seconds * 1000);
    this.registers.set([
      bcd(at.getUTCSeconds()), bcd(at.getUTCMinutes()), bcd(at.getUTCHours()), ((at.getUTCDay() + 6) % 7) + 1,
      bcd(at.getUTCDate()), bcd(at.getUTCMonth() + 1), bcd(at.getUTCFullYear() % 100),
    ]);
  }

  #store() {
    const [second, minute, hour, , day, month, year] = [...this.registers.subarray(0, TIME)].map(number);
    this.set = Date.UTC(2000 + year, month - 1, day, hour, minute, second) / 1000;
  }
}
