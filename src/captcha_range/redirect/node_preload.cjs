"use strict";
// Loaded before a Node.js program of the run. Node.js below 22.21 takes no proxy from the environment, and many
// clients make connections of their own: so the connection itself is led to the run's front, on loopback.
const net = require("net");
const { tls, plain, sealed, zone } = __RUN__;

const connect = net.Socket.prototype.connect;
const plainName = (host) => String(host).toLowerCase().replace(/\.$/, "");
const isRedirected = (name) => name === zone || name.endsWith(`.${zone}`);
const isLoopback = (name) => /^(127\.[\d.]+|\[?::1\]?|(.*\.)?localhost)$/.test(name);

const ports = new Map([[80, plain], [443, tls]]);

/** Where a connection to `host` goes: a port of the front, null for nowhere, undefined for where it wants. */
function portFor(host, port, servername) {
  if (isLoopback(plainName(host))) return undefined; // the run's proxy too, which is asked for any name
  // A program that looks names up by itself comes with an address; TLS still names the host.
  if (!isRedirected(plainName(host)) && !isRedirected(plainName(servername)) && !sealed) return undefined;
  return ports.get(Number(port)) ?? null;
}

/** The arguments with which to connect instead; null for not at all. `options` are as net.connect takes them. */
function led(options) {
  if (options.path || !options.host) return options;
  const port = portFor(options.host, options.port, options.servername);
  if (port === undefined) return options;
  return port && { ...options, host: "127.0.0.1", port, lookup: undefined };
}

net.Socket.prototype.connect = function (...given) {
  const [first, second] = given;
  // net.connect hands its own arguments on as a list.
  const options = Array.isArray(first) ? first[0] : typeof second === "string" ? { port: first, host: second } : first;
  const instead = options !== null && typeof options === "object" ? led(options) : options;
  if (instead === null) {
    const target = `${options.host}:${options.port}`;
    const why = "only ports 80 and 443 of hcaptcha.com are answered, and of other hosts none when the run is sealed";
    process.nextTick(() => this.destroy(new Error(`captcha-range exec: no connection to ${target}: ${why}`)));
    return this;
  }
  if (instead !== options) {
    if (Array.isArray(first)) first[0] = instead;
    else given.splice(0, typeof second === "string" ? 2 : 1, instead);
  }
  return connect.apply(this, given);
};
