package Starlight::Host::Response;

# What PSGI allows in an answer: checked, and packed for a frame. Whatever is wrong dies with a sentence for the log.
use strict;
use warnings;
use Plack::Util ();
use Scalar::Util ();
use overload ();
use Starlight::Host::App ();

use constant FIELDS_BYTES => 1024 * 1024;

my %is_final = map { $_ => 1 } 200 .. 599;

# The fields as `response` has them. The status is checked, too.
sub packed_fields {
    my ($response) = @_;
    my ($status, $headers) = @$response;
    # A header of undef is empty.
    no warnings 'uninitialized';
    $is_final{$status} or wrong('the status ' . shown($status) . ': an integer from 200 to 599 is needed');
    ref $headers eq 'ARRAY' && @$headers % 2 == 0 or wrong(shown($headers) . ' for headers: PSGI wants [name => value, ...]');
    my $fields = pack '(N/a)*', @$headers;
    # What a reference looks like as a text; an object may well be one.
    check_text($_, 'a header') for index($fields, '(0x') < 0 ? () : @$headers;
    length $fields <= FIELDS_BYTES or wrong(length($fields) . ' bytes of headers');
    return $fields;
}

# Status, flags and fields of an interim answer.
sub packed_interim {
    my ($status, $headers) = @_;
    die 'Cannot send an interim answer: ' . shown($status) . " is not a status from 100 to 199 other than 101\n"
        unless defined $status && $status =~ /\A1(?!01)[0-9]{2}\z/;
    my $fields = pack '(N/a)*', map { bytes_only(my $text = "$_"); $text } @$headers;
    return pack('n C N', $status, 0, length $fields) . $fields;
}

# `$wanted`: what an application may give at this point.
sub check_form {
    my ($response, $wanted) = @_;
    wrong(shown($response) . ": PSGI wants [status, [name => value, ...], body]$wanted") unless ref $response eq 'ARRAY';
}

# The text of a body that is an array.
sub text_of {
    my ($pieces) = @_;
    my $text = $pieces->[0];
    if (@$pieces == 1) { check_text($text, 'a piece of its body') if ref $text }
    else {
        check_text($_, 'a piece of its body') for grep {ref} @$pieces;
        $text = join '', map { defined $_ ? $_ : '' } @$pieces;
    }
    return defined $text ? $text : '';
}

# Of a body that is no array.
sub check_body {
    my ($response) = @_;
    my $body = $response->[2];
    return if Scalar::Util::blessed($body) || ref $body eq 'GLOB' || ref \$body eq 'GLOB';
    wrong((@$response > 2 ? shown($body) : 'nothing')
        . ' for a body: PSGI wants [status, [name => value, ...], body], the body being an array of strings or an object with getline and close');
}

# The response with the length of its body, where nothing in it says how long that is.
sub with_length {
    my ($response, $length) = @_;
    my ($status, $headers) = @$response;
    return $response if ref $headers ne 'ARRAY' || Plack::Util::status_with_no_entity_body($status);
    return $response if grep { Plack::Util::header_exists($headers, $_) } qw(Content-Length Transfer-Encoding);
    return [$status, [@$headers, 'Content-Length', $length]];
}

# References have an address for a text, which nobody wants to send; objects may have one of their own.
sub check_text {
    my ($value, $what) = @_;
    return if !ref $value || (Scalar::Util::blessed($value) && overload::Method($value, '""'));
    wrong(shown($value) . " for $what: a string is needed");
}

# PSGI bodies and headers are bytes. A string that Perl keeps as UTF-8 is one as long as every character fits.
sub bytes_only {
    utf8::downgrade($_[0], 1) or die "Wide character in the response: bytes are needed\n";
}

sub wrong { die Starlight::Host::App::name() . " gave $_[0]\n" }

# A value in a message; only its beginning.
sub shown {
    my ($value) = @_;
    return 'undef' unless defined $value;
    my $text = substr "$value", 0, 100;
    return ref $value ? $text : "\"$text\"";
}

1;
