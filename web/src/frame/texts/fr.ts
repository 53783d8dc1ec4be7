// Français

import type { Texts } from "./texts";

export const fr: Texts = {
  title: "Vérification humaine",
  human: "Je suis humain",
  practice: "champ d’entraînement",
  about: "À propos",
  unregistered: "L’hôte de cette page n’est pas enregistré pour cette sitekey",
  states: {
    idle: "",
    open: "",
    busy: "Chargement…",
    retrying: "Pas de connexion. Nouvel essai…",
    checked: "Vérification réussie",
    expiring: "Vérifié ; expire dans 20 secondes",
    expired: "Temps écoulé. Cochez à nouveau",
  },
  errors: {
    "rate-limited": "Trop d’essais. Patientez un instant",
    "network-error": "Pas de connexion. Réessayez",
    "invalid-data": "Le test est refusé pour cette page",
    "challenge-error": "Test impossible. Réessayez",
  },
  failed: "Une erreur est survenue. Réessayez",
  picture: "Image du test",
  wrong: "Ce n’était pas juste. En voici un autre.",
  lost: "Votre réponse s’est perdue en route. Voici un autre test.",
  soon: "Il reste 20 secondes. « Autre test » vous donne plus de temps.",
  close: "Fermer",
  refresh: "Autre test",
  submit: "Vérifier",
  next: "Suivant",
  step: (round, rounds) => `Partie ${round} sur ${rounds}`,
};
