// The script's query parameters (spec/provider §1). The names are hCaptcha's.

export interface Options {
  onload: string | null;
  explicit: boolean;
  hl: string | null;
  compatible: boolean;
  custom: boolean;
  /** A bare host name that the page goes by; never a target. */
  host: string;
  /** Where the frames come from, and where they send requests and get pictures: base URLs without a final slash. */
  assets: string;
  endpoint: string;
  images: string;
}

/** The options of a script's address. `reportapi`, `sentry`, `uj`, `pat`, `orientation` are taken and move nothing. */
export function optionsOf(address: URL): Options {
  const given = (name: string): string | null => address.searchParams.get(name);
  const own = address.href.slice(0, address.href.search(/\/1\/(secure-)?api\.js/)) || address.origin;
  const base = (name: string, fallback: string): string => baseUrl(name, given(name), address.protocol) ?? fallback;
  const endpoint = base("endpoint", own);
  return {
    onload: given("onload"),
    explicit: given("render") === "explicit",
    hl: given("hl"),
    compatible: given("recaptchacompat") !== "off",
    custom: given("custom") === "true",
    host: given("host") ?? "",
    endpoint,
    assets: base("assethost", endpoint),
    images: base("imghost", endpoint),
  };
}

/** `https://one.test/two` of an address, or of a bare host name as the script's protocol reaches it. */
function baseUrl(name: string, text: string | null, protocol: string): string | null {
  if (!text) return null;
  try {
    const url = new URL(text.includes("://") ? text : `${protocol}//${text}`);
    if (/^https?:$/.test(url.protocol)) return url.origin + url.pathname.replace(/\/+$/, "");
  } catch {
    // said below
  }
  console.warn(`captcha-range: ${name} is not an http or https address, and is left out`);
  return null;
}
