// The USB port: the host's end of the CDC device that MicroPython is, as bytes.
//
// rp2040js's own USBCDC enumerates the device. It answers every request for data at once, with none if there are
// none, so that the device asks again all the time; a host sends nothing then.

import { USBCDC } from 'rp2040js';

const PACKET = 64;
const PACKET_MICROSECONDS = 53; // 19 bulk packets of 64 bytes in a frame of 1 ms: USB 2.0, table 5-9

export class UsbPort {
  // `onData(bytes)` gets what the device sends.
  constructor(mcu, onData) {
    const usb = mcu.usbCtrl;
    this.usb = usb;
    this.waiting = 0; // bytes that the device is ready for
    this.queue = Buffer.alloc(0);
    usb.readDelayMicroseconds = usb.writeDelayMicroseconds = PACKET_MICROSECONDS;
    this.cdc = new USBCDC(usb);
    this.cdc.onSerialData = onData;
    usb.onEndpointRead = (endpoint, size) => {
      if (endpoint !== this.cdc.outEndpoint) return;
      this.waiting = Math.min(size, PACKET);
      this.#pass();
    };
  }

  send(data) {
    this.queue = Buffer.concat([this.queue, data]);
    this.#pass();
  }

  #pass() {
    if (!this.waiting || !this.queue.length) return;
    const packet = this.queue.subarray(0, this.waiting);
    this.queue = this.queue.subarray(packet.length);
    this.waiting = 0;
    this.usb.endpointReadDone(this.cdc.outEndpoint, packet);
  }
}
