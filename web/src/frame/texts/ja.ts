// 日本語

import type { Texts } from "./texts";

export const ja: Texts = {
  title: "人間の確認",
  human: "私は人間です",
  practice: "練習場",
  about: "説明",
  unregistered: "このページのホストはこの sitekey に登録されていません",
  states: {
    idle: "",
    open: "",
    busy: "読み込み中…",
    retrying: "接続がありません。再試行中…",
    checked: "確認できました",
    expiring: "確認済み。あと 20 秒で期限切れ",
    expired: "時間切れです。再度チェックしてください",
  },
  errors: {
    "rate-limited": "試行が多すぎます。少しお待ちください",
    "network-error": "接続がありません。再度お試しください",
    "invalid-data": "このページでは拒否されました",
    "challenge-error": "問題がありません。再度お試しください",
  },
  failed: "エラーです。再度お試しください",
  picture: "問題の画像",
  wrong: "正しくありません。別の問題です。",
  lost: "回答が途中で失われました。別の問題です。",
  soon: "残り 20 秒です。「別の問題」で時間が延びます。",
  close: "閉じる",
  refresh: "別の問題",
  submit: "確認",
  next: "次へ",
  step: (round, rounds) => `全 ${rounds} 問中 ${round} 問目`,
};
