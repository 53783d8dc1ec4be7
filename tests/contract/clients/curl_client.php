<?php
// Ask for verdicts with PHP's curl, which makes an array a form in parts.

[, $secret] = $argv;
$report = [];
foreach (array_slice($argv, 2) as $response) {
    $request = curl_init("https://hcaptcha.com/siteverify");
    curl_setopt($request, CURLOPT_POSTFIELDS, ["secret" => $secret, "response" => $response]);
    curl_setopt($request, CURLOPT_RETURNTRANSFER, true);
    $answer = curl_exec($request);
    if ($answer === false) {
        fwrite(STDERR, curl_error($request));
        exit(1);
    }
    $report[] = json_decode($answer)->success;
}
echo json_encode($report), "\n";
