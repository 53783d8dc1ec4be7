// Deutsch

import type { Texts } from "./texts";

export const de: Texts = {
  title: "Prüfung auf Menschen",
  human: "Ich bin ein Mensch",
  practice: "Übungsplatz",
  about: "Info",
  unregistered: "Der Host dieser Seite ist für diesen Sitekey nicht eingetragen",
  states: {
    idle: "",
    open: "",
    busy: "Wird geladen…",
    retrying: "Keine Verbindung. Neuer Versuch…",
    checked: "Sie sind bestätigt",
    expiring: "Bestätigt; läuft in 20 Sekunden ab",
    expired: "Die Zeit ist um. Bitte neu ankreuzen",
  },
  errors: {
    "rate-limited": "Zu viele Versuche. Bitte kurz warten",
    "network-error": "Keine Verbindung. Erneut versuchen",
    "invalid-data": "Für diese Seite abgelehnt",
    "challenge-error": "Keine Aufgabe. Erneut versuchen",
  },
  failed: "Fehlgeschlagen. Erneut versuchen",
  picture: "Bild der Aufgabe",
  wrong: "Das war nicht richtig. Hier ist eine andere.",
  lost: "Ihre Antwort ging unterwegs verloren. Hier ist eine andere Aufgabe.",
  soon: "Noch 20 Sekunden. „Neue Aufgabe“ gibt Ihnen mehr Zeit.",
  close: "Schließen",
  refresh: "Neue Aufgabe",
  submit: "Prüfen",
  next: "Weiter",
  step: (round, rounds) => `Teil ${round} von ${rounds}`,
};
