package Starlight::Host::Channel;

# The control channel of a zygote: lines of text, both ways. Its end means that Starlight is gone.
#
# Told:  settings key=value\t...  once           fork CHILD        a child, by the number that it has from then on
#        kill CHILD SIGNAL                       serving           requests are answered from now on
#        log PATH      standard error goes there reason TEXT       why Starlight ends, in its own words
#        quit
# Tells: ready PID     to fork                   dead CHILD STATUS as wait has it
#        unforked CHILD TEXT                     broken TEXT       the application does not load
#        lacks TEXT    Plack is missing
use strict;
use warnings;
use Errno ();
use Fcntl ();
use IO::Handle ();

sub new {
    my ($class, $handle) = @_;
    $handle->autoflush(1);
    binmode $handle;
    # The application's own programs must not hold the channel open.
    fcntl $handle, Fcntl::F_SETFD(), Fcntl::FD_CLOEXEC();
    return bless { handle => $handle, text => '', last_words => '' }, $class;
}

sub handle     { return $_[0]{handle} }
sub last_words { return $_[0]{last_words} }
sub close      { return close $_[0]{handle} }

sub tell {
    my ($self, $line) = @_;
    return syswrite $self->{handle}, "$line\n";
}

# The next line that is here; undef for none. What Starlight says of its end is kept.
sub line {
    my ($self) = @_;
    while ($self->{text} =~ s/^(.*)\n//) {
        my $line = $1;
        return $line unless $line =~ /^reason (.*)/;
        $self->{last_words} = unescaped($1);
    }
    return undef;
}

# Reads what has come. False at the end.
sub fill {
    my ($self) = @_;
    while (1) {
        my $count = sysread $self->{handle}, $self->{text}, 4096, length $self->{text};
        return $count if defined $count;
        return 0 unless $!{EINTR};
    }
}

# What the first line says.
sub settings {
    my ($self) = @_;
    my $line;
    until (defined($line = $self->line)) { $self->fill or die "Cannot run: the control channel ended\n" }
    die "Cannot run: there are no settings\n" unless $line =~ s/^settings //;
    return { map { split /=/, $_, 2 } split /\t/, $line };
}

sub unescaped { return $_[0] =~ s/%([0-9a-f]{2})/chr hex $1/ger }

# A text of several lines as one, of a length that one write takes.
sub escaped {
    my $text = substr $_[0], 0, 3000;
    utf8::encode($text) if utf8::is_utf8($text);
    $text =~ s/([\x00-\x1f%\x7f])/sprintf '%%%02x', ord $1/ge;
    return $text;
}

1;
