// العربية

import type { Texts } from "./texts";

export const ar: Texts = {
  title: "التحقق من الإنسان",
  human: "أنا إنسان",
  practice: "ميدان تدريب",
  about: "حول",
  unregistered: "مضيف هذه الصفحة غير مسجّل لهذا المفتاح",
  states: {
    idle: "",
    open: "",
    busy: "جارٍ التحميل…",
    retrying: "لا يوجد اتصال. نحاول مجددًا…",
    checked: "تم التحقق",
    expiring: "تم التحقق؛ تنتهي الصلاحية خلال 20 ثانية",
    expired: "انتهى الوقت. ضع العلامة من جديد",
  },
  errors: {
    "rate-limited": "محاولات كثيرة. انتظر قليلًا",
    "network-error": "لا يوجد اتصال. حاول مجددًا",
    "invalid-data": "رُفض التحقق لهذه الصفحة",
    "challenge-error": "تعذّر إنشاء السؤال. حاول مجددًا",
  },
  failed: "حدث خطأ ما. حاول مجددًا",
  picture: "صورة السؤال",
  wrong: "لم تكن الإجابة صحيحة. إليك سؤالًا آخر.",
  lost: "ضاعت إجابتك في الطريق. إليك سؤالًا آخر.",
  soon: "بقيت 20 ثانية. يمنحك «سؤال آخر» وقتًا أطول.",
  close: "إغلاق",
  refresh: "سؤال آخر",
  submit: "تحقق",
  next: "التالي",
  step: (round, rounds) => `الجزء ${round} من ${rounds}`,
};
