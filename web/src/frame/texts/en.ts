// English

import type { Texts } from "./texts";

export const en: Texts = {
  title: "Human check",
  human: "I am human",
  practice: "practice range",
  about: "About",
  unregistered: "This page’s host is not registered for this sitekey",
  states: {
    idle: "",
    open: "",
    busy: "Loading…",
    retrying: "No connection. Trying again…",
    checked: "You are verified",
    expiring: "Verified; expires in 20 seconds",
    expired: "Time is over. Please check again",
  },
  errors: {
    "rate-limited": "Too many tries. Please wait a moment",
    "network-error": "No connection. Please try again",
    "invalid-data": "The check was refused for this page",
    "challenge-error": "No challenge to be had. Please try again",
  },
  failed: "Something failed. Please try again",
  picture: "Picture of the challenge",
  wrong: "That was not right. Here is another one.",
  lost: "Your answer was lost on the way. Here is another one.",
  soon: "20 seconds left. “New challenge” gives you more time.",
  close: "Close",
  refresh: "New challenge",
  submit: "Verify",
  next: "Next",
  step: (round, rounds) => `Part ${round} of ${rounds}`,
};
