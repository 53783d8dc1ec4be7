// 한국어

import type { Texts } from "./texts";

export const ko: Texts = {
  title: "사람 확인",
  human: "저는 사람입니다",
  practice: "연습장",
  about: "안내",
  unregistered: "이 페이지의 호스트는 이 sitekey에 등록되지 않았습니다",
  states: {
    idle: "",
    open: "",
    busy: "불러오는 중…",
    retrying: "연결이 없습니다. 다시 시도하는 중…",
    checked: "확인되었습니다",
    expiring: "확인됨, 20초 후 만료",
    expired: "시간이 끝났습니다. 다시 체크하세요",
  },
  errors: {
    "rate-limited": "시도가 너무 많습니다. 잠시 기다리세요",
    "network-error": "연결이 없습니다. 다시 시도하세요",
    "invalid-data": "이 페이지에서 거부되었습니다",
    "challenge-error": "문제를 만들 수 없습니다. 다시 시도하세요",
  },
  failed: "문제가 생겼습니다. 다시 시도하세요",
  picture: "문제 그림",
  wrong: "정답이 아닙니다. 다른 문제입니다.",
  lost: "답이 도중에 사라졌습니다. 다른 문제입니다.",
  soon: "20초 남았습니다. ‘다른 문제’를 누르면 시간이 늘어납니다.",
  close: "닫기",
  refresh: "다른 문제",
  submit: "확인",
  next: "다음",
  step: (round, rounds) => `${rounds}개 중 ${round}번째`,
};
