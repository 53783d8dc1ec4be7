"use strict";
// Loaded before a Node.js program of the run. Node.js below 22.21 takes no proxy from the environment, and many
// clients make connections of their own: so the connection itself is led to the run's front, on loopback.
const net = require("net");
const { tls, plain, sealed, zone } = __RUN__;

const connect = net.Socket.prototype.connect;
const plainName = (host) => String(host).toLowerCase().replace(/\.$/, "");
const isRedirected = (name) => name === zone || name.endsWith(`.${zone}`);
const isLoopback = (name) => /^(127\.[\d.]+|\[?::1\]?|(.*\.)?localhost)$/.test(name);

/** Where a connection to `host` goes: a port of the front, or undefined for where it wants. */
function portFor(host, port) {
  const name = plainName(host);
  if (!isRedirected(name) && (!sealed || isLoopback(name))) return undefined;
  return Number(port) === 80 ? plain : tls;
}

function led(options) {
  if (options.path || !options.host) return options;
  const port = portFor(options.host, options.port);
  return port === undefined ? options : { ...options, host: "127.0.0.1", port, lookup: undefined };
}

net.Socket.prototype.connect = function (...given) {
  const [first, second] = given;
  if (Array.isArray(first)) first[0] = led(first[0]); // as net.connect hands its arguments on
  else if (first !== null && typeof first === "object") given[0] = led(first);
  else if (typeof second === "string") {
    const port = portFor(second, first);
    if (port !== undefined) given.splice(0, 2, port, "127.0.0.1");
  }
  return connect.apply(this, given);
};
