// Español

import type { Texts } from "./texts";

export const es: Texts = {
  title: "Comprobación humana",
  human: "Soy humano",
  practice: "campo de práctica",
  about: "Acerca de",
  unregistered: "El host de esta página no está registrado para esta sitekey",
  states: {
    idle: "",
    open: "",
    busy: "Cargando…",
    retrying: "Sin conexión. Reintentando…",
    checked: "Verificación correcta",
    expiring: "Verificado; caduca en 20 segundos",
    expired: "Se acabó el tiempo. Marca otra vez",
  },
  errors: {
    "rate-limited": "Demasiados intentos. Espera un momento",
    "network-error": "Sin conexión. Inténtalo de nuevo",
    "invalid-data": "Esta página no puede usar la prueba",
    "challenge-error": "No hay prueba. Inténtalo de nuevo",
  },
  failed: "Algo ha fallado. Inténtalo de nuevo",
  picture: "Imagen de la prueba",
  wrong: "No era correcto. Aquí tienes otra.",
  lost: "Tu respuesta se perdió por el camino. Aquí tienes otra prueba.",
  soon: "Quedan 20 segundos. «Otra prueba» te da más tiempo.",
  close: "Cerrar",
  refresh: "Otra prueba",
  submit: "Comprobar",
  next: "Siguiente",
  step: (round, rounds) => `Parte ${round} de ${rounds}`,
};
