// Português

import type { Texts } from "./texts";

export const pt: Texts = {
  title: "Verificação humana",
  human: "Sou humano",
  practice: "campo de treino",
  about: "Sobre",
  unregistered: "O host desta página não está registado para esta sitekey",
  states: {
    idle: "",
    open: "",
    busy: "A carregar…",
    retrying: "Sem ligação. A tentar de novo…",
    checked: "Verificação concluída",
    expiring: "Verificado; expira em 20 segundos",
    expired: "O tempo acabou. Marque outra vez",
  },
  errors: {
    "rate-limited": "Demasiadas tentativas. Aguarde um momento",
    "network-error": "Sem ligação. Tente de novo",
    "invalid-data": "O teste foi recusado nesta página",
    "challenge-error": "Não há teste. Tente de novo",
  },
  failed: "Algo correu mal. Tente de novo",
  picture: "Imagem do teste",
  wrong: "Não estava certo. Aqui está outro.",
  lost: "A sua resposta perdeu-se no caminho. Aqui está outro teste.",
  soon: "Restam 20 segundos. «Outro teste» dá-lhe mais tempo.",
  close: "Fechar",
  refresh: "Outro teste",
  submit: "Verificar",
  next: "Próxima",
  step: (round, rounds) => `Parte ${round} de ${rounds}`,
};
