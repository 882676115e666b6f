"""Sequence-to-sequence regression with a validation function. The training set is too large for one backward pass, so each
epoch walks over it in slices, gathers the gradient, and updates once."""
import torch
import torch.nn as nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

input_size, output_size, hidden_size = 2, 1, 24
input_sequence_length, output_sequence_length = 20, 5


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.decoder = nn.LSTM(hidden_size, hidden_size, batch_first=True)
        self.fc = nn.Linear(hidden_size, output_size)

    def forward(self, sequence):
        _, state = self.encoder(sequence)
        context = state[0][-1].unsqueeze(1).repeat(1, output_sequence_length, 1)
        decoded, _ = self.decoder(context, state)
        return self.fc(decoded)


def make_series(n):
    total = input_sequence_length + output_sequence_length
    start = 6.28 * torch.rand(n, 1)
    t = start + 0.3 * torch.arange(total)
    wave = torch.sin(t)
    drift = torch.linspace(0, 1, total).expand(n, total)
    x = torch.stack([wave, drift], dim=-1)[:, :input_sequence_length]
    y = wave[:, input_sequence_length:].unsqueeze(-1)
    return x, y


def evaluate(model, criterion, x, y):
    outputs = model(x.to(device))
    loss = criterion(outputs, y.to(device))
    return loss.item(), outputs


torch.manual_seed(0)
X_train, y_train = make_series(256)
X_valid, y_valid = make_series(64)

batch_size = 64
num_epochs = 25
learning_rate = 10e-03

model = Seq2Seq().to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
criterion = nn.MSELoss(reduction='mean')
training_loss_log = []

k = len(list(range(0, X_train.size(0), batch_size)))
for epoch in range(num_epochs):
    optimizer.zero_grad()
    epoch_loss = 0
    for i in list(range(0, X_train.size(0), batch_size)):
        sequence = X_train[i:i + batch_size, :, :].reshape(-1, input_sequence_length, input_size).to(device)
        labels = y_train[i:i + batch_size, :, :].reshape(-1, output_sequence_length, output_size).to(device)
        # forward pass
        outputs = model(sequence)
        loss = criterion(outputs, labels)
        epoch_loss += loss.item()
        # backward pass, the update follows after the last slice
        loss.backward()

    optimizer.step()
    epoch_loss = epoch_loss / k
    training_loss_log.append(epoch_loss)
    if epoch % 5 == 0:
        model.eval()
        validation_loss, _ = evaluate(model, criterion, X_valid, y_valid)
        model.train()
        print('Epoch [{}/{}], Train MSE: {:.4f}, Validation: {:.4f}'.format(epoch + 1, num_epochs, epoch_loss, validation_loss))
