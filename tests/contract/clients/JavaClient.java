// Ask siteverify and the solver with Java's own HTTP client, which offers HTTP/2 with every request over http.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.io.ByteArrayInputStream;

public class JavaClient {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String SECRET = "0x0000000000000000000000000000000000000000";
    private static final String TOKEN = "10000000-aaaa-bbbb-cccc-000000000001";

    public static void main(String[] arguments) throws Exception {
        String provider = arguments[0], solver = arguments[1], key = arguments[2];
        ask(provider + "/siteverify", FORM, BodyPublishers.ofString("secret=" + SECRET + "&response=" + TOKEN));
        ask(solver + "/getBalance", "application/json", BodyPublishers.ofString("{\"clientKey\":\"" + key + "\"}"));
        String task = "{\"type\":\"HCaptchaTaskProxyless\",\"websiteURL\":\"" + arguments[4] + "\",\"websiteKey\":\""
            + arguments[3] + "\"}";
        byte[] order = ("{\"clientKey\":\"" + key + "\",\"task\":" + task + "}").getBytes(StandardCharsets.UTF_8);
        // Of unknown length, so that it goes in chunks.
        ask(solver + "/createTask", "application/json",
            BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(order)));
    }

    private static void ask(String url, String type, BodyPublisher body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).header("Content-Type", type).POST(body).build();
        System.out.println(CLIENT.send(request, BodyHandlers.ofString()).body());
    }
}
